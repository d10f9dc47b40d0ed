"""Parameters of a report: read from its `parameters` cell, checked before any kernel starts."""

import ast
import datetime
import difflib
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import PurePath

SECRET_WORDS = {"token", "secret", "secrets", "password", "passwd", "passphrase", "credential", "credentials"}
SECRET_PAIRS = ("api_key", "apikey", "private_key", "access_key")
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false",
         "list": "a list", "dict": "a mapping"}


@dataclass(frozen=True)
class Parameter:
    """One parameter that a report declares; `kind` is the name of a Python type."""

    name: str
    kind: str
    default: object
    help: str = ""


class ParameterError(ValueError):
    """Parameters that cannot be used; `problems` lists all of them."""

    def __init__(self, problems):
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def nearest(name, known):
    """Return words that name the nearest match: `; did you mean 'team'?`, or all that is known.

    >>> nearest("teem", ["team", "seed"])
    "; did you mean 'team'?"
    """
    known = [str(entry) for entry in known]
    close = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    listed = ", ".join(known[:12])
    return f"; known: {listed}" + (" …" if len(known) > 12 else "") if listed else ""


def parameters_cell(notebook):
    """Return the first code cell tagged `parameters`, or None."""
    return next((cell for cell in notebook.cells
                 if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])), None)


def declared_parameters(source):
    """Read parameters from the source of a `parameters` cell: dict name -> Parameter.

    Raises ParameterError when a line is not `name: type = literal  # help`.

    >>> declared_parameters('seed: int = 7  # seed of every draw')["seed"]
    Parameter(name='seed', kind='int', default=7, help='seed of every draw')
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ParameterError([f"the parameters cell is not Python (line {error.lineno}): {error.msg}"]) from None
    helps, found, problems = _comments(source), {}, []
    for node in tree.body:
        try:
            parameter = _declared(node, helps)
            found[parameter.name] = parameter
        except ValueError:
            problems.append(f"line {node.lineno} of the parameters cell: expected `name: type = literal  # help`, "
                            f"found `{ast.unparse(node)}`")
    if problems:
        raise ParameterError(problems)
    return found


def _declared(node, helps):
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    if len(targets) != 1 or not isinstance(targets[0], ast.Name) or node.value is None:
        raise ValueError
    default = ast.literal_eval(node.value)
    annotation = getattr(node, "annotation", None)
    kind = annotation.id if isinstance(annotation, ast.Name) else type(default).__name__
    return Parameter(targets[0].id, kind, default, helps.get(node.end_lineno, ""))


def _comments(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def plain_value(value):
    """Turn numpy and pandas scalars, paths and dates into plain JSON types.

    >>> plain_value(datetime.date(2026, 3, 31)), plain_value((1, 2))
    ('2026-03-31', [1, 2])
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, str):
        return str(value)
    if hasattr(value, "item"):
        return plain_value(value.item())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(entry) for entry in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, dict):
        return {str(key): plain_value(entry) for key, entry in value.items()}
    return value


def is_secret(name):
    """Tell whether a parameter's name says that its value is a secret.

    >>> is_secret("github_token"), is_secret("tokens_per_day")
    (True, False)
    """
    lowered = name.lower()
    return bool(SECRET_WORDS & set(re.split(r"_+", lowered))) or any(pair in lowered for pair in SECRET_PAIRS)


def check_parameters(declared, given, teams=None):
    """Return given parameters as plain values, and every problem with them as a list of sentences.

    `declared`: dict of Parameter. `teams`: team names of the program; None
    leaves `team` unchecked.
    """
    problems = [f"parameter {name!r} looks like a secret and would be stored in the report; "
                "read it from the environment instead" for name in {**declared, **given} if is_secret(name)]
    problems += [f"unknown parameter {name!r}" + nearest(name, list(declared))
                 for name in given if name not in declared]
    values = {name: plain_value(value) for name, value in given.items() if name in declared}
    for name, value in values.items():
        problems += _problems_of(declared[name], value, teams)
        if declared[name].kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            values[name] = float(value)
    return values, problems


def _problems_of(parameter, value, teams):
    if not _fits(parameter, value):
        expected = WORDS.get(parameter.kind, parameter.kind)
        hint = '; put it in quotes, as in "007"' if parameter.kind == "str" and isinstance(value, (int, float)) else ""
        return [f"parameter {parameter.name!r}: expected {expected}, got {value!r} ({type(value).__name__}){hint}"]
    if parameter.name == "team" and value and teams is not None and value not in teams:
        return [f"no team {value!r} in the program" + nearest(value, list(teams))]
    if parameter.name == "as_of" and value and not _is_iso_date(value):
        return [f"parameter 'as_of': expected an ISO date such as 2026-03-31, got {value!r}"]
    return []


def _fits(parameter, value):
    if value is None:
        return parameter.default is None
    expected = TYPES.get(parameter.kind)
    if expected is None:
        return True
    if isinstance(value, bool):
        return expected is bool
    return isinstance(value, (int, float)) if expected is float else isinstance(value, expected)


def _is_iso_date(text):
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
