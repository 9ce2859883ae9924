"""What stands on a shelf."""


def label(name):
    """The name of a thing as it stands on its shelf: in capital letters."""
    return name.title()
