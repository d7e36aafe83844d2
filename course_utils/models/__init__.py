"""The models of the course, one file a family; each returns distributions."""
