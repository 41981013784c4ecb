"""Makes the images and the calibration of samples/photographs anew: make.py WHEELS [--apart]

WHEELS is a folder with what `pip download --no-deps -d WHEELS scikit-image==0.24.0 scikit-learn==1.5.2` puts there: the ten
photographs are in these packages. Needs numpy, Pillow and a built command line (npm run build). Run it in the repository's root.

Everything is drawn by one seed. The network was trained on crops of the left 70 % of each photograph; all images are crops of
the rest, drawn in one go and dealt to the sets in this order. With --apart the rest is cut into tiles, each of which belongs to
one set, so that no pixel is in two of them; what was drawn that way is measured in samples/README.md.
"""

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

SEED = 0
FOLDER = Path("samples/photographs")
MODEL = FOLDER / "nin-photographs.onnx"
PHOTOGRAPHS = {
    "astronaut": "skimage/data/astronaut.png",
    "brick": "skimage/data/brick.png",
    "cat": "skimage/data/chelsea.png",
    "china": "sklearn/datasets/images/china.jpg",
    "coffee": "skimage/data/coffee.png",
    "flower": "sklearn/datasets/images/flower.jpg",
    "grass": "skimage/data/grass.png",
    "gravel": "skimage/data/gravel.png",
    "hubble": "skimage/data/hubble_deep_field.jpg",
    "rocket": "skimage/data/rocket.jpg",
}
SHORTEST, LONGEST, SIDE = 32, 64, 32
"""Sides of crops, and of the images that they are scaled to."""
CLEAN, TEST = 20, 3
"""Images of each class to calibrate on, and unperturbed ones to look at."""
STRENGTHS = [1, 2, 5]
"""Multiples of the smallest perturbation, as in the paper: one image of each a class."""
SPARE = 4
"""Candidates for a perturbed image; the first is taken whose label still changes when its pixels are rounded to 8 bits."""
PAST = 1.02


def photographs(wheels: Path) -> dict[str, Image.Image]:
    found = {}
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name, path in PHOTOGRAPHS.items():
                if path in archive.namelist():
                    with archive.open(path) as file:
                        found[name] = Image.open(file).convert("RGB")
    return {name: found[name] for name in PHOTOGRAPHS}


Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def unseen(photograph: Image.Image) -> Box:
    """What training never saw."""
    width, height = photograph.size
    return int(np.ceil(0.7 * width)), 0, width, height


def tiles(place: Box) -> list[Box]:
    left, top, right, bottom = place
    return [
        (x, y, x + LONGEST, y + LONGEST)
        for x in range(left, right - LONGEST + 1, LONGEST)
        for y in range(top, bottom - LONGEST + 1, LONGEST)
    ]


def crops(photograph: Image.Image, places: list[Box], count: int, random) -> list[Image.Image]:
    drawn = []
    for _ in range(count):
        left, top, right, bottom = places[random.integers(len(places))]
        side = random.integers(SHORTEST, LONGEST + 1)
        x, y = random.integers(left, right - side + 1), random.integers(top, bottom - side + 1)
        drawn.append(photograph.resize((SIDE, SIDE), Image.Resampling.LANCZOS, box=(x, y, x + side, y + side)))
    return drawn


def save(images: list[Image.Image], folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for image, name in zip(images, names, strict=True):
        image.save(folder / f"{name}.png", optimize=True)


def command_line(*arguments: str | Path) -> None:
    subprocess.run(["node", "dist/cli.js", *map(str, arguments), "--quiet"], check=True, stdout=subprocess.DEVNULL)


def labels(images: Path, scratch: Path) -> dict[str, int]:
    """The class that the network gives to each image of a folder, by the image's name."""
    report = scratch / "labels.json"
    command_line("evaluate", MODEL, "--images", images, "--out", report)
    return {item["name"]: item["label"] for item in json.loads(report.read_text())["analyses"]["evaluate"]["images"]}


def perturbed(images: Path, scratch: Path) -> dict[int, dict[str, Image.Image]]:
    """Each image moved towards and past its nearest boundary point, by strength and name; pixels are rounded to 8 bits."""
    report, arrays = scratch / "boundary.json", scratch / "boundary.npz"
    command_line("boundary", MODEL, "--images", images, "--out", report, "--out", arrays)
    names = [item["name"] for item in json.loads(report.read_text())["analyses"]["boundary"]["images"]]
    points = np.load(arrays)["boundaryPoint"]
    how = json.loads((FOLDER / "boundary-lens.json").read_text())["preprocessing"]
    mean, std = (np.array(how[key]).reshape(3, 1, 1) for key in ("mean", "std"))
    moved: dict[int, dict[str, Image.Image]] = {strength: {} for strength in STRENGTHS}
    for name, point in zip(names, points, strict=True):
        pixels = np.asarray(Image.open(images / name), dtype=np.float64).transpose(2, 0, 1)
        there = (point * std + mean) / how["scale"]
        for strength in STRENGTHS:
            values = np.rint(pixels + strength * PAST * (there - pixels)).clip(0, 255).astype(np.uint8)
            moved[strength][name] = Image.fromarray(values.transpose(1, 2, 0))
    return moved


def save_perturbed(originals: Path, scratch: Path) -> None:
    before = labels(originals, scratch)
    tried, kept = 0, 0
    for place, (strength, images) in enumerate(perturbed(originals, scratch).items()):
        after_folder = scratch / f"x{strength}"
        for name, image in images.items():
            save([image], after_folder / Path(name).parent, [Path(name).stem])
        after = labels(after_folder, scratch)
        for kind in PHOTOGRAPHS:
            mine = sorted(name for name in images if name.startswith(f"{kind}/"))[place::len(STRENGTHS)]
            changed = [name for name in mine if after[name] != before[name]]
            tried, kept = tried + len(mine), kept + len(changed)
            if not changed:
                raise SystemExit(f"no {kind} changes its label at x {strength}; raise SPARE")
            save([images[changed[0]]], FOLDER / "perturbed" / kind, [f"{kind}-x{strength}"])
    print(f"{kept} of {tried} perturbed candidates change their label when rounded to 8 bits")


def main(wheels: Path, apart: bool) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        for number, (name, photograph) in enumerate(photographs(wheels).items()):
            random = np.random.default_rng([SEED, number])
            clean = test = rest = [unseen(photograph)]
            if apart:
                places = tiles(clean[0])
                random.shuffle(places)
                half, quarter = len(places) // 2, len(places) // 4
                clean, test, rest = places[:half], places[half : half + quarter], places[half + quarter :]
            candidates = SPARE * len(STRENGTHS)
            save(crops(photograph, clean, CLEAN, random), FOLDER / "clean" / name, [f"{name}-{i + 1:02}" for i in range(CLEAN)])
            save(crops(photograph, test, TEST, random), FOLDER / "test" / name, [f"{name}-{i + 1}" for i in range(TEST)])
            originals = [f"{i:02}" for i in range(candidates)]
            save(crops(photograph, rest, candidates, random), scratch / "originals" / name, originals)
        save_perturbed(scratch / "originals", scratch)
    calibration = FOLDER / "calibration.json"
    command_line("calibrate", MODEL, "--clean", FOLDER / "clean", "--out", calibration)
    report = json.loads(calibration.read_text())
    report.pop("thumbnails", None)
    calibration.write_text(json.dumps(report, ensure_ascii=False) + "\n")
    print(report["analyses"]["calibration"]["sentence"])


main(Path(sys.argv[1]), apart="--apart" in sys.argv[2:])
