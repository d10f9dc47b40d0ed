"""YAML with the line of every entry, so that faults can name it."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from upskill.data.names import tidied
from upskill.data.schema import Fault

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
TEXT_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays the text that it is


@dataclass(frozen=True)
class YamlFile:
    """Parsed content; `lines` gives the line of each path of keys, `folder` where the file lies."""

    file: str
    content: object
    lines: dict = field(default_factory=dict)
    folder: Path | None = None

    def line(self, *path):
        """Return the line of the nearest entry on this path that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def read_yaml(path, loader_class=LOADER):
    """Return (YamlFile, faults); content is {} where the file cannot be parsed."""
    try:
        loader = loader_class(path.read_bytes().decode("utf-8-sig"))
        node = loader.get_single_node()
        content = None if node is None else loader.construct_document(node)
    except UnicodeDecodeError:
        return YamlFile(path.name, {}), [Fault("not_text", path.name, "text in UTF-8", "Save it as UTF-8.")]
    except (yaml.YAMLError, ValueError) as error:
        return YamlFile(path.name, {}), [_broken(path, error)]
    lines, faults = {}, []
    _walk(node, (), lines, faults, path.name)
    # Texts that stand for themselves (a tab as delimiter) are left to those who know what they are.
    content = content if loader_class is TEXT_LOADER else tidied(content)
    folder = path.parent if isinstance(path, Path) else None  # what a database holds lies in none
    return YamlFile(path.name, {} if content is None else content, lines, folder), faults


def _walk(node, path, lines, faults, file):
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = tidied(key.value)
            if name in seen:
                faults.append(Fault("setting_twice", file, "each entry once", "Remove one; the last one counts.",
                                    key.start_mark.line + 1, ".".join(map(str, (*path, name))), str(name)))
            seen.add(name)
            lines[(*path, name)] = key.start_mark.line + 1
            _walk(value, (*path, name), lines, faults, file)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*path, number)] = value.start_mark.line + 1
            _walk(value, (*path, number), lines, faults, file)


def _broken(path, error):
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error)
    return Fault("broken_yaml", path.name, "YAML", f"Mend the entry: {reason}.", mark.line + 1 if mark else None)
