"""The page's network gives what torch gives, for every layer it knows."""

import base64

import pytest
import torch
from torch import nn

from course_utils.explorers.decoding import packed
from course_utils.explorers.page import joined
from course_utils.explorers.program import program
from course_utils.nn import conv_decoder, mlp

FORWARD = """async ([source, steps, weights, dtype, z, fast]) => {
  const { Net } = await import("data:text/javascript;base64," + source.net);
  const { floats } = await import("data:text/javascript;base64," + source.bytes);
  const net = new Net(steps, floats(weights, dtype), z[0].length, { fast });
  return z.map((point) => Array.from(net.forward(point)));
}"""

image = nn.Sequential(nn.Linear(3, 4 * 5 * 6), nn.Unflatten(1, (4, 5, 6)))
LAYERS = {
    "linear": nn.Linear(3, 11),
    "linear without bias": nn.Linear(3, 16, bias=False),
    "folded batch norm": nn.Sequential(nn.Linear(3, 9), nn.BatchNorm1d(9)),
    "batch norm behind an activation": nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.BatchNorm1d(9)),
    "batch norm without weights": nn.Sequential(nn.Linear(3, 9), nn.BatchNorm1d(9, affine=False)),
    "conv": nn.Sequential(image, nn.Conv2d(4, 3, 3, padding=1)),
    "strided conv": nn.Sequential(image, nn.Conv2d(4, 8, 4, stride=2, padding=1, bias=False)),
    "oblong conv": nn.Sequential(image, nn.Conv2d(4, 5, (3, 2), stride=(1, 2), padding=(0, 1))),
    "conv with padding 'same'": nn.Sequential(image, nn.Conv2d(4, 2, 5, padding="same")),
    "conv and batch norm": nn.Sequential(image, nn.Conv2d(4, 7, 3), nn.BatchNorm2d(7)),
    "transposed conv": nn.Sequential(image, nn.ConvTranspose2d(4, 3, 4, stride=2, padding=1)),
    "transposed conv, odd": nn.Sequential(
        image, nn.ConvTranspose2d(4, 9, 3, stride=2, padding=1, output_padding=1)
    ),
    "transposed conv, oblong": nn.Sequential(
        image, nn.ConvTranspose2d(4, 1, (5, 2), stride=(3, 1), bias=False)
    ),
    "transposed conv and batch norm": nn.Sequential(
        image, nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU()
    ),
    "batch norm of images": nn.Sequential(image, nn.ReLU(), nn.BatchNorm2d(4)),
    "nearest": nn.Sequential(image, nn.Upsample(scale_factor=2), nn.Conv2d(4, 3, 3, padding=1)),
    "nearest by three": nn.Sequential(image, nn.Upsample(scale_factor=3, mode="nearest")),
    "bilinear": nn.Sequential(image, nn.Upsample(scale_factor=2, mode="bilinear")),
    "bilinear with corners": nn.Sequential(
        image, nn.Upsample(size=(9, 13), mode="bilinear", align_corners=True)
    ),
    "flatten": nn.Sequential(image, nn.Conv2d(4, 3, 3), nn.Flatten(), nn.Linear(36, 10)),
    "dropout and identity": nn.Sequential(nn.Linear(3, 5), nn.Dropout(), nn.Identity()),
    "relu": nn.Sequential(nn.Linear(3, 40), nn.ReLU()),
    "leaky relu": nn.Sequential(nn.Linear(3, 40), nn.LeakyReLU(0.2)),
    "elu": nn.Sequential(nn.Linear(3, 40), nn.ELU(0.7)),
    "silu": nn.Sequential(nn.Linear(3, 40), nn.SiLU()),
    "gelu": nn.Sequential(nn.Linear(3, 40), nn.GELU()),
    "gelu by tanh": nn.Sequential(nn.Linear(3, 40), nn.GELU("tanh")),
    "tanh": nn.Sequential(nn.Linear(3, 40), nn.Tanh()),
    "sigmoid": nn.Sequential(nn.Linear(3, 40), nn.Sigmoid()),
    "softplus": nn.Sequential(nn.Linear(3, 40), nn.Softplus(beta=2, threshold=3)),
    "mlp": nn.Sequential(mlp(3, 64, 256, 784), nn.Sigmoid()),
    "28x28 convolutional": nn.Sequential(conv_decoder(3), nn.Sigmoid()),
    "64x64 convolutional": nn.Sequential(conv_decoder(3, side=64, channels=3), nn.Sigmoid()),
}


def trained(decoder: nn.Module) -> nn.Module:
    """The decoder in evaluation mode, with running statistics and weights as after training."""
    for module in decoder.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            if module.affine:
                module.weight.data.uniform_(0.5, 2)
                module.bias.data.normal_()
    return decoder.eval()


def outputs(page, decoder: nn.Module, z: torch.Tensor, dtype: torch.dtype, fast: bool):
    """What the page computes, in the order of torch's output."""
    written = program(decoder, z.shape[1])
    weights = packed(written, dtype)
    source = {name: base64.b64encode(joined(name).encode()).decode() for name in ("net", "bytes")}
    kind = "f16" if dtype == torch.float16 else "f32"
    text = base64.b64encode(weights).decode()
    found = torch.tensor(
        page.evaluate(FORWARD, [source, written.steps, text, kind, z.tolist(), fast])
    )
    if len(written.shape) == 3:
        channels, height, width = written.shape
        found = found.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
    return found


@pytest.fixture(scope="module")
def blank(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("fast", [True, False], ids=["wasm", "plain"])
@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_what_torch_gives(blank, name: str, fast: bool) -> None:
    """To 5e-6 of the largest value with float32 weights, to 2e-3 with float16 ones."""
    torch.manual_seed(0)
    decoder = trained(LAYERS[name])
    z = 2 * torch.randn(3, 3)
    with torch.no_grad():
        expected = decoder(z)
    scale = expected.abs().max().item()

    exact = outputs(blank, decoder, z, torch.float32, fast)
    halved = outputs(blank, decoder, z, torch.float16, fast)

    error, error_half = ((found - expected).abs().max().item() for found in (exact, halved))
    print(f"{name}: f32 {error:.1e}, f16 {error_half:.1e} of {scale:.2g}")
    assert error < 5e-6 * scale
    assert error_half < 2e-3 * scale


def test_half_floats_are_widened_exactly(blank) -> None:
    values = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, 0.333, torch.inf]).half()
    source = base64.b64encode(joined("bytes").encode()).decode()

    found = blank.evaluate(
        """async ([source, raw]) => Array.from((await import(
             "data:text/javascript;base64," + source)).floats(raw, "f16"), String)""",
        [source, base64.b64encode(values.numpy().tobytes()).decode()],
    )

    assert [float(value) for value in found] == values.tolist()


@pytest.mark.parametrize("name", ["latent", "compare", "density", "elbo", "field", "playground"])
def test_a_joined_module_needs_no_import(open_page, name: str) -> None:
    text = joined(name)
    page = open_page()

    kind = page.evaluate(
        "async (s) => typeof (await import('data:text/javascript;base64,' + s)).default.render",
        base64.b64encode(text.encode()).decode(),
    )

    assert kind == "function"
    assert "import " not in "\n".join(line for line in text.splitlines() if line[:2] != "//")
