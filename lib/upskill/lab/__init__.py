"""What a session in JupyterLab gets beside the library: short errors, and tables, figures and cards as on the page.

`upskill lab` loads it through the configuration of IPython, so that notebooks bear no mark of it and the batch,
which does not, keeps its tracebacks and its bytes.
"""

from upskill.lab.errors import show_short_errors
from upskill.lab.look import with_look

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell):
    """Give an IPython shell short errors and the look of the page."""
    show_short_errors(shell)
    if hasattr(shell.display_pub, "register_hook"):  # a kernel, not a terminal
        shell.display_pub.register_hook(with_look)
