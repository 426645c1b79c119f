"""Compare the engine's maps with the PyTorch reference: the same photos, samples and settings, by Spearman's rank correlation.

    npm run explain -- PHOTOS/*.jpg --out DIR --samples 250
    python reference/parity.py DIR PHOTOS

Exit code 1 where a map correlates below 0.99.
"""

import argparse
from pathlib import Path

import numpy as np
from images import fit_photo, read_photo
from nets import load_teacher
from outputs import find_photo, map_files, name_of, read_facts, read_map, read_settings
from relabel import explain, load_vae
from scipy.stats import spearmanr

REQUIRED = 0.99


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maps", type=Path, help="folder of NAME.map.npy and NAME.json")
    parser.add_argument("photos", type=Path)
    args = parser.parse_args()
    teacher, vae, correlations = load_teacher(), None, []
    print(f"{'photo':32} {'Spearman':>9} {'largest difference / range':>27} {'shifted, engine':>16} {'shifted, reference':>19}")
    for file in map_files([args.maps]):
        facts = read_facts(file)
        if facts is None:
            raise SystemExit(f"{file} has no .json beside it: the settings are not known.")
        settings = read_settings(facts)
        if settings.needs_vae and vae is None:
            vae = load_vae()
        photo = fit_photo(read_photo(find_photo(args.photos, name_of(file))), settings.fit)
        reference, map_ = explain(photo, teacher, vae, settings), read_map(file)
        correlations.append(spearmanr(map_.ravel(), reference.map.ravel()).statistic)
        difference = np.abs(map_ - reference.map).max() / np.ptp(reference.map)
        shifted = f"{facts['shiftedShare']:16.4f} {reference.shifted_share:19.4f}"
        print(f"{name_of(file):32} {correlations[-1]:9.5f} {difference:27.1e} {shifted}", flush=True)
    print(f"minimum {min(correlations):.5f} over {len(correlations)} photos; required {REQUIRED}")
    raise SystemExit(0 if min(correlations) >= REQUIRED else 1)


if __name__ == "__main__":
    main()
