"""Reading the study's lines, and its table in Markdown."""

import json
from pathlib import Path

import numpy as np
from scipy.stats import t
from study_methods import METHODS

RIVALS = ("RISE 1000", "RISE centred 1000", "RISE 4000", "RISE centred 4000", "LIME 1000")
OWN = "relabel"


def read_results(paths: list[Path]) -> dict[tuple[str, int], dict]:
    """(photo, seed) -> its line; the scores of several lines of a photo are united."""
    found = {}
    for path in paths:
        for text in (path / "results.jsonl" if path.is_dir() else path).read_text().splitlines():
            line = json.loads(text)
            known = found.setdefault((line["photo"], line["seed"]), line)
            known["scores"] |= line["scores"]
    return found


def scores_by_method(results: dict[tuple[str, int], dict]) -> dict[str, dict[str, np.ndarray]]:
    """method -> photo -> (deletion, insertion, insertion - deletion), averaged over seeds; methods of a single photo have no error, and are left
    out."""
    gathered = {}
    for (photo, _), line in results.items():
        for name, (deletion, insertion) in line["scores"].items():
            gathered.setdefault(name, {}).setdefault(photo, []).append((deletion, insertion, insertion - deletion))
    order = [name for name in METHODS if len(gathered.get(name, ())) > 1]
    return {name: {photo: np.mean(rows, axis=0) for photo, rows in gathered[name].items()} for name in order}


def standard_error(values: np.ndarray) -> np.ndarray:
    return values.std(axis=0, ddof=1) / np.sqrt(len(values))


def interval(differences: np.ndarray) -> str:
    """Mean and the 95 % t interval."""
    reach = t.ppf(0.975, len(differences) - 1) * standard_error(differences)
    return f"{differences.mean():+.3f} ({differences.mean() - reach:+.3f} to {differences.mean() + reach:+.3f})"


def markdown(results: dict[tuple[str, int], dict]) -> str:
    scores = scores_by_method(results)
    lines = ["| method | forwards | photos | deletion | insertion | insertion - deletion |", "|---|---|---|---|---|---|"]
    for name, photos in scores.items():
        rows = np.array(list(photos.values()))
        columns = " | ".join(f"{mean:.3f} ± {error:.3f}" for mean, error in zip(rows.mean(0), standard_error(rows)))
        lines.append(f"| {name} | {METHODS[name].samples:,} | {len(rows)} | {columns} |")
    rivals = [name for name in RIVALS if name in scores]
    if not rivals:
        return "\n".join(lines)
    lines += ["", f"| paired difference of insertion - deletion, 95 % interval | {' | '.join(rivals)} |", "|---|" + "---|" * len(rivals)]
    for name in (name for name in scores if name.startswith(OWN)):
        shared = [scores[name].keys() & scores[rival].keys() for rival in rivals]
        differences = [np.array([scores[name][p][2] - scores[rival][p][2] for p in both]) for rival, both in zip(rivals, shared)]
        cells = [interval(values) if len(values) > 1 else "" for values in differences]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
