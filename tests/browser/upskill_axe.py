"""Run axe-core in an open page, and add up what its rules said."""

import re

RULES_OF_LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block", "meta-viewport",
                  "css-orientation-lock", "nested-interactive")
# Every rule of WCAG 2.0, 2.1 and 2.2 at A and AA and every best practice, also those that axe leaves off by itself;
# rules that await approval by their authors (experimental), are of AAA or out of date are not run. Tables scroll no more
# while contrast is measured, as axe measures only what is in sight. What is too short for axe to take for text gets a
# `ratio` from its own color and the ground behind it.
RUN = """async rules => {
  document.querySelectorAll('details').forEach(one => { one.open = true });
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];
  const left_out = ['experimental', 'deprecated', 'wcag2a-obsolete', 'wcag2aaa'];
  const ids = rules ?? axe.getRules(tags).filter(one => !one.tags.some(tag => left_out.includes(tag))).map(one => one.ruleId);
  const kinds = ['violations', 'incomplete', 'passes', 'inapplicable'];
  const run = values => values.length
    ? axe.run(document, {runOnly: {type: 'rule', values}, resultTypes: kinds}) : Object.fromEntries(kinds.map(kind => [kind, []]));
  const other = await run(ids.filter(id => id !== 'color-contrast'));
  const wide = [...document.querySelectorAll('.scroll, .contents')];
  wide.forEach(one => { one.style.overflow = 'visible'; one.style.maxHeight = 'none' });
  const colors = await run(ids.filter(id => id === 'color-contrast'));
  wide.forEach(one => { one.style.overflow = ''; one.style.maxHeight = '' });
  const light = color => color.map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const parts = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const ratio = one => {
    const ink = parts(one.ownerSVGElement ? getComputedStyle(one).fill : getComputedStyle(one).color);
    let ground = one;
    while (ground && (parts(getComputedStyle(ground).backgroundColor)[3] ?? 1) < 1) ground = ground.parentElement;
    const both = [light(ink.slice(0, 3)), light(parts(getComputedStyle(ground ?? document.body).backgroundColor).slice(0, 3))].sort((one, other) => one - other);
    return (both[1] + 0.05) / (both[0] + 0.05);
  };
  const small = rule => ({id: rule.id, help: rule.help, tags: rule.tags, count: rule.nodes.length,
    nodes: rule.nodes.slice(0, 200).map(node => ({target: node.target.map(String), html: node.html.slice(0, 300),
      why: node.failureSummary, ratio: rule.id === 'color-contrast' ? ratio(document.querySelector(node.target[0])) : null}))});
  return Object.fromEntries(kinds.map(kind => [kind, [...other[kind], ...colors[kind]]
    .map(rule => kind === 'passes' ? {...small({...rule, nodes: []}), count: rule.nodes.length} : small(rule))]));
}"""


def run_axe(page, rules=None):
    """Return axe's result of a page, all that is folded opened; of these rules, or of all."""
    return page.evaluate(RUN, list(rules) if rules else None)


def told(rules):
    """Return {rule: where and why} of violations."""
    return {rule["id"]: [(node["target"], node["html"][:120], (node["why"] or "").splitlines()[-1:]) for node in rule["nodes"]][:3]
            for rule in rules}


def add_up(results):
    """Return the table of rules as Markdown: what was asked, by which standard, and whether pages had anything to check."""
    rules, outcomes = {}, {}
    for result in results.values():
        for kind, found in result.items():
            for rule in found:
                rules[rule["id"]] = rule
                outcomes.setdefault(rule["id"], set()).add(kind)
    lines = ["| rule | what it asks | standard | outcome |", "|---|---|---|---|"]
    for name in sorted(rules):
        outcome = outcomes[name]
        word = ("violated" if "violations" in outcome else "passes; open points looked at" if "incomplete" in outcome
                else "passes" if "passes" in outcome else "nothing to check")
        lines.append(f"| {name} | {rules[name]['help'].replace('|', '/').replace('<', '&lt;')} | {standard(rules[name]['tags'])} | {word} |")
    return "\n".join(lines) + "\n"


def standard(tags):
    """Return the success criteria that a rule belongs to, or "best practice".

    >>> standard(["cat.color", "wcag2aa", "wcag143"]), standard(["cat.keyboard", "best-practice"])
    ('WCAG 1.4.3 (AA)', 'best practice')
    """
    levels = [re.fullmatch(r"wcag2\d?(a+)", tag) for tag in tags]
    level = next((match[1].upper() for match in levels if match), "")
    criteria = [".".join((tag[4], tag[5], tag[6:])) for tag in tags if re.fullmatch(r"wcag\d{3,4}", tag)]
    return f"WCAG {', '.join(criteria)} ({level})" if criteria else "best practice"


def write_table(page, table):
    """Put the table between its marks."""
    text = page.read_text(encoding="utf-8")
    page.write_text(re.sub(r"(<!-- rules -->\n).*?(<!-- end of rules -->)", lambda match: match[1] + table + match[2],
                           text, flags=re.DOTALL), encoding="utf-8")
