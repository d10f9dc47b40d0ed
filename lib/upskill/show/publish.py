"""How things leave the kernel: as display data that plain papermill carries too."""

import json
import math

import pandas as pd

MIME = "application/vnd.upskill.{}+json"


def plain(value):
    """Turn numpy and pandas scalars into JSON types; not-a-number and infinity become null."""
    if hasattr(value, "item") and not isinstance(value, pd.Timestamp):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return None if pd.isna(value) else str(value)


def publish(kind, content, **usual_forms):
    """Display `content` under our own type beside the usual forms (text, html, svg).

    Outside IPython nothing is displayed.
    """
    from IPython import get_ipython
    from IPython.display import display

    content = plain(content)
    json.dumps(content, allow_nan=False)
    if get_ipython() is not None:
        bundle = {name.replace("__", "+").replace("_", "/", 1): text for name, text in usual_forms.items()}
        display({MIME.format(kind): content, **bundle}, raw=True)
    return content
