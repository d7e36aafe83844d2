import gzip
import hashlib
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from course_utils import data
from course_utils.data import Dataset, binarise, celeba, digits, fashion_mnist
from course_utils.data.photos import LAYOUT

TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
IDX_SHA256 = {  # of the four uncompressed files of the original distribution
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return data.mnist()


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    """The bytes of an IDX file: a big-endian header, then the numbers."""
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.tobytes()


def test_mnist_has_its_published_counts_and_mean(mnist: Dataset) -> None:
    assert mnist.x_train.shape == (60000, 1, 28, 28)
    assert mnist.x_test.shape == (10000, 1, 28, 28)
    assert mnist.x_train.dtype == torch.uint8
    assert mnist.y_train.bincount().tolist() == TRAIN_COUNTS
    assert mnist.y_test.bincount().tolist() == TEST_COUNTS
    assert mnist.x_train.double().mean().item() == pytest.approx(33.3184, abs=5e-5)


@pytest.mark.parametrize("name", IDX_SHA256)
def test_mnist_is_byte_for_byte_the_original_distribution(mnist: Dataset, name: str) -> None:
    array = getattr(mnist, name).squeeze().numpy().astype(np.uint8)

    assert hashlib.sha256(idx(array)).hexdigest() == IDX_SHA256[name]


def test_data_may_move_to_another_device(mnist: Dataset) -> None:
    moved = mnist.to("meta")

    assert isinstance(moved, Dataset)
    assert [tensor.device.type for tensor in moved] == ["meta"] * 4
    assert [tensor.shape for tensor in moved] == [tensor.shape for tensor in mnist]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_damaged_mnist_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    content = bytearray(digits.MNIST_FILE.read_bytes())
    content[len(content) // 2] ^= damage == "flipped"
    copy = tmp_path / "mnist.npz"
    copy.write_bytes(content[: {"truncated": -1000, "empty": 0}.get(damage)])
    monkeypatch.setattr(digits, "MNIST_FILE", copy)

    expected = (
        f"damaged, expected SHA-256 {digits.MNIST_SHA256[:12]}…, got [0-9a-f]{{12}}…; reinstall"
    )
    with pytest.raises(ValueError, match=rf"mnist\.npz: {expected} the package"):
        data.mnist()


def test_fixed_draw_repeats_and_fresh_draws_differ(mnist: Dataset) -> None:
    x = mnist.x_test[:50]

    assert torch.equal(binarise(x, seed=0), binarise(x, seed=0))
    assert not torch.equal(binarise(x, seed=0), binarise(x, seed=1))
    assert not torch.equal(binarise(x), binarise(x))


def test_fixed_draw_leaves_the_global_generator_alone_and_a_fresh_one_uses_it() -> None:
    x, before = torch.rand(50, 4), torch.get_rng_state()
    binarise(x, seed=0)
    assert torch.equal(torch.get_rng_state(), before)

    first = binarise(x)
    torch.set_rng_state(before)
    assert torch.equal(binarise(x), first)


def test_fixed_draw_of_the_test_set_is_the_one_of_this_course(mnist: Dataset) -> None:
    """The test numbers of all recipes belong to these pixels."""
    drawn = binarise(mnist.x_test, seed=0)

    assert drawn.sum().item() == pytest.approx(mnist.x_test.double().sum().item() / 255, rel=1e-3)
    digest = hashlib.sha256(drawn.to(torch.uint8).numpy().tobytes()).hexdigest()
    assert digest.startswith("81da61c13385c7ee")


@pytest.mark.parametrize("seed", [None, 0])
def test_mean_of_binary_pixels_is_the_grey_value(seed: int | None) -> None:
    n = 20000
    grey = torch.linspace(0, 1, 6)
    x = binarise(grey.repeat(n, 1), seed=seed)

    assert x.shape == (n, 6)
    assert x.dtype == torch.float32
    assert set(x.unique().tolist()) == {0.0, 1.0}
    error = (grey * (1 - grey) / n).sqrt()
    assert ((x.mean(dim=0) - grey).abs() <= 4 * error).all()


def test_bytes_count_from_zero_to_255() -> None:
    x = torch.tensor([0, 255, 51], dtype=torch.uint8).repeat(20000, 1)
    drawn = binarise(x, seed=0).mean(dim=0)

    assert drawn[:2].tolist() == [0, 1]
    assert drawn[2].item() == pytest.approx(0.2, abs=0.012)


@pytest.mark.parametrize("bad", [-0.01, 1.01, 255.0, float("nan")])
@pytest.mark.parametrize("seed", [None, 0])
def test_values_outside_zero_to_one_are_refused(bad: float, seed: int | None) -> None:
    with pytest.raises(ValueError, match=r"x: expected grey values in \[0, 1\], got"):
        binarise(torch.tensor([[0.5, bad]]), seed=seed)


def test_refusal_says_how_far_the_values_reach() -> None:
    with pytest.raises(ValueError, match=r"got -0\.5 to 3$"):
        binarise(torch.tensor([[-0.5, 3.0, 0.1]]))


@pytest.fixture
def fashion(tmp_path: Path) -> Path:
    """A folder with four tiny files in the format of the original distribution."""
    folder = tmp_path / "fashion"
    folder.mkdir()
    chance = np.random.default_rng(0)
    for name, file in digits.FASHION_FILES.items():
        count = 7 if "train" in name else 3
        shape, high = ((count, 28, 28), 256) if name.startswith("x") else ((count,), 10)
        array = chance.integers(0, high, shape).astype(np.uint8)
        (folder / file).write_bytes(gzip.compress(idx(array)))

    return folder


def test_fashion_is_read_as_it_was_written(fashion: Path) -> None:
    found = fashion_mnist(fashion)
    chance = np.random.default_rng(0)
    x_train, y_train = chance.integers(0, 256, (7, 28, 28)), chance.integers(0, 10, 7)

    assert torch.equal(found.x_train, torch.from_numpy(x_train)[:, None].byte())
    assert torch.equal(found.y_train, torch.from_numpy(y_train))
    assert found.x_test.shape == (3, 1, 28, 28)
    assert found.y_test.shape == (3,)
    assert found.x_test.dtype == torch.uint8
    assert found.y_train.dtype == found.y_test.dtype == torch.int64


@pytest.mark.parametrize("file", digits.FASHION_FILES.values())
def test_missing_fashion_says_where_to_get_it_and_where_to_put_it(fashion: Path, file: str) -> None:
    (fashion / file).unlink()

    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist(fashion)
    message = str(caught.value)
    assert f"{fashion}: {file} not found" in message
    assert "https://github.com/zalandoresearch/fashion-mnist" in message
    assert "dataset-fashion-mnist" in message
    assert all(name in message for name in digits.FASHION_FILES.values())


def test_all_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=", ".join(digits.FASHION_FILES.values())):
        fashion_mnist(tmp_path / "nowhere")


IMAGES = np.zeros((3, 28, 28), np.uint8)
DAMAGED = {
    "truncated": gzip.compress(idx(IMAGES))[:-20],
    "empty": b"",
    "not gzip": idx(IMAGES),
    "a flipped byte": bytes(b ^ (i == 25) for i, b in enumerate(gzip.compress(idx(IMAGES + 7)))),
    "too few numbers": gzip.compress(idx(IMAGES)[:-5]),
    "no header": gzip.compress(b"\0\0"),
    "half a header": gzip.compress(idx(IMAGES)[:9]),
    "no IDX": gzip.compress(b"hello, this is text"),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_fashion_file_is_named(fashion: Path, content: bytes) -> None:
    (fashion / "t10k-images-idx3-ubyte.gz").write_bytes(content)

    with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz: damaged or no gzipped IDX"):
        fashion_mnist(fashion)


@pytest.mark.parametrize(("kind", "dtype"), [(9, np.int8), (12, np.int32), (14, np.float64)])
def test_idx_file_of_another_type_is_named(fashion: Path, kind: int, dtype: type) -> None:
    content = gzip.compress(idx(IMAGES.astype(dtype), kind))
    (fashion / "train-images-idx3-ubyte.gz").write_bytes(content)

    with pytest.raises(ValueError, match=rf"train-images.*expected bytes, type 8, got type {kind}"):
        fashion_mnist(fashion)


NAMES = ("Eyeglasses", "Smiling", "Wearing_Hat")
TABLE = {
    "000001.jpg": (" 1", "-1", "-1", 0),
    "000002.jpg": ("-1", " 1", " 1", 1),
    "000003.jpg": ("-1", "-1", "-1", 0),
    "000004.jpg": (" 1", " 1", "-1", 2),
    "000005.jpg": ("-1", " 1", "-1", 0),
}


def photograph(number: int) -> Image.Image:
    """178x218 pixels: grey outside the crop, and inside red rises to the right, green downwards."""
    pixels = np.full((218, 178, 3), 255, np.uint8)
    pixels[35:183, 15:163] = 0
    pixels[35:183, 15:163, 0] = np.linspace(0, 255, 148).astype(np.uint8)[None, :]
    pixels[35:183, 15:163, 1] = np.linspace(0, 255, 148).astype(np.uint8)[:, None]
    pixels[35:183, 15:163, 2] = 40 * number
    return Image.fromarray(pixels)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A folder laid out like the official copy, with five small photographs."""
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    lines = [str(len(TABLE)), " ".join(NAMES) + " "]
    lines += [f"{file} {' '.join(values)}" for file, (*values, _) in TABLE.items()]
    (folder / LAYOUT[1]).write_text("\n".join(lines) + "\n")
    parts = [f"{file} {part}" for file, (*_, part) in TABLE.items()]
    (folder / LAYOUT[2]).write_text("\n".join(parts) + "\n")
    for i, file in enumerate(TABLE, start=1):
        photograph(i).save(folder / "img_align_celeba" / file, quality=95)

    return folder


def test_list_file_has_the_double_spaces_of_the_original(faces: Path) -> None:
    count, header, first, *_ = (faces / "list_attr_celeba.txt").read_text().splitlines()

    assert (count, first) == ("5", "000001.jpg  1 -1 -1")
    assert header.split() == list(NAMES)


@pytest.mark.parametrize(
    ("split", "rows", "captions"),
    [
        (
            "train",
            [[1, 0, 0], [0, 0, 0], [0, 1, 0]],
            ["eyeglasses", "no attribute marked", "smiling"],
        ),
        ("valid", [[0, 1, 1]], ["smiling, wearing hat"]),
        ("test", [[1, 1, 0]], ["eyeglasses, smiling"]),
    ],
)
def test_splits_attributes_and_captions_are_those_of_the_lists(
    faces: Path, split: str, rows: list[list[int]], captions: list[str]
) -> None:
    found = celeba(folder=faces, split=split)

    assert found.names == NAMES
    assert found.attributes.tolist() == rows
    assert found.attributes.dtype == torch.float32
    assert list(found.captions) == [f"a face: {caption}" for caption in captions]
    assert found.attribute("Smiling").tolist() == [row[1] for row in rows]
    assert found.x.shape == (len(rows), 3, 64, 64)
    assert found.x.dtype == torch.uint8


def test_unknown_attribute_is_named_with_the_known_ones(faces: Path) -> None:
    with pytest.raises(KeyError, match=r"expected one of Eyeglasses, .*, got Beard"):
        celeba(folder=faces).attribute("Beard")


def test_images_belong_to_their_files(faces: Path) -> None:
    blue = celeba(folder=faces, split="train").x[:, 2].double().mean(dim=(1, 2))

    assert blue.tolist() == pytest.approx([40, 120, 200], abs=3)


def test_crop_is_the_central_148_pixels(faces: Path) -> None:
    ramp = torch.linspace(0, 255, 64, dtype=torch.float64)
    red, green, _ = celeba(1, folder=faces).x[0].double()

    assert (red.mean(dim=0) - ramp).abs()[1:-1].max() < 6
    assert (green.mean(dim=1) - ramp).abs()[1:-1].max() < 6

    with Image.open(faces / "img_align_celeba" / "000001.jpg") as photo:
        pixels = torch.from_numpy(np.array(photo)).permute(2, 0, 1)
    assert torch.equal(celeba(1, folder=faces, side=148).x[0], pixels[:, 35:183, 15:163])


def test_first_faces_and_another_side_may_be_asked_for(faces: Path) -> None:
    found = celeba(2, folder=faces, side=32)

    assert found.x.shape == (2, 3, 32, 32)
    assert found.attributes.shape == (2, 3)
    assert len(found.captions) == 2


def test_grey_photograph_becomes_three_channels(faces: Path) -> None:
    photograph(1).convert("L").save(faces / "img_align_celeba" / "000001.jpg")
    x: Tensor = celeba(1, folder=faces).x

    assert torch.equal(x[0, 0], x[0, 1])


@pytest.mark.parametrize("name", LAYOUT)
def test_missing_celeba_says_where_to_get_it_and_how_to_lay_it_out(faces: Path, name: str) -> None:
    path = faces / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    with pytest.raises(FileNotFoundError) as caught:
        celeba(folder=faces)
    message = str(caught.value)
    assert f"{faces}: {name} not found" in message
    assert "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html" in message
    assert all(f"{faces}/{part}" in message for part in LAYOUT)


def test_unknown_split_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="split: expected one of train, valid, test, got dev"):
        celeba(folder="nowhere", split="dev")


def test_empty_split_is_refused(faces: Path) -> None:
    (faces / LAYOUT[2]).write_text("000001.jpg 0\n")

    with pytest.raises(ValueError, match="no image of the split valid"):
        celeba(folder=faces, split="valid")


@pytest.mark.parametrize("damage", ["truncated", "text", "missing", "other size"])
def test_damaged_photograph_is_named(faces: Path, damage: str) -> None:
    path = faces / "img_align_celeba" / "000003.jpg"
    content = path.read_bytes()
    path.unlink()
    if damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    if damage == "text":
        path.write_text("no photograph")
    if damage == "other size":
        photograph(3).resize((218, 178)).save(path)

    reason = "expected 178x218 pixels, got 218x178" if damage == "other size" else ""
    with pytest.raises(ValueError, match=rf"000003\.jpg: damaged or no CelebA image.*{reason}"):
        celeba(folder=faces)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (3, "000001.jpg  1 -1"),
        (4, "000002.jpg  1 -1  1 -1"),
        (5, "000003.jpg  1 -1  0"),
        (5, "000003.jpg  1 -1 -"),
        (6, ""),
        (2, ""),
    ],
)
def test_damaged_attribute_list_is_named_with_its_line(faces: Path, line: int, text: str) -> None:
    path = faces / "list_attr_celeba.txt"
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))

    with pytest.raises(ValueError, match=rf"list_attr_celeba\.txt, line {line}: expected"):
        celeba(folder=faces)


@pytest.mark.parametrize("content", [b"", b"5", b"5\nA B\n\xff\xfe\xfd 1 1"])
def test_attribute_list_that_is_none_is_named(faces: Path, content: bytes) -> None:
    (faces / "list_attr_celeba.txt").write_bytes(content)

    with pytest.raises(ValueError, match=r"celeba"):
        celeba(folder=faces)


@pytest.mark.parametrize("text", ["000002.jpg 3", "000002.jpg", "000002.jpg 1 1", "", "\xff 9"])
def test_damaged_partition_is_named_with_its_line(faces: Path, text: str) -> None:
    path = faces / "list_eval_partition.txt"
    path.write_bytes(f"000001.jpg 0\n{text}\n000003.jpg 0\n".encode("latin-1"))

    with pytest.raises(ValueError, match=r"list_eval_partition\.txt, line 2: expected a file name"):
        celeba(folder=faces)
