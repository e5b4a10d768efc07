#!/usr/bin/env python3
# ruff: noqa
"""Make WebPlotDigitizer projects whose true values are known.

Input: a CSV with one row per arm (or per arm and time point):

    figure,dataset,label,x,mean,error,error_type,n

    figure      one project is written per figure
    dataset     series name inside the figure (blank: one series)
    label       arm label; becomes the bar label in a bar chart
    x           position on a numeric x axis (blank: 1, 2, 3, ...)
    mean        true mean
    error       true half length of the error bar (blank: none drawn)
    error_type  sd | sem | ci95: copied to truth.csv, never to the project,
                because no WebPlotDigitizer file can hold it
    n           animals per arm: copied to truth.csv

Output: OUT/<figure>.json (and <figure>.tar with --tar, <figure>_b.* with
--second) and OUT/truth.csv.  In truth.csv, *_true is the input and *_read is
what the program computes from the stored pixels: a reader must reproduce
*_read to rounding, and *_true within the jitter that was asked for.

Needs numpy and the standard library.
"""

import argparse
import csv
import io
import json
import math
import pathlib
import struct
import tarfile
import zlib

import numpy as np

TRUTH = [
    "file",
    "digitiser",
    "dataset",
    "label",
    "x",
    "n",
    "error_type",
    "mean_true",
    "error_true",
    "mean_read",
    "upper_read",
    "lower_read",
    "error_read",
]


# ---------------------------------------------------------------- geometry
class Figure:
    """A drawn figure: where a value lands, in image pixels (y grows down)."""

    def __init__(self, size, axes, vlim, xlim, log, rotate):
        self.w, self.h = size
        self.axes, self.log = axes, log
        self.vlim, self.xlim = vlim, xlim
        self.theta = math.radians(rotate)
        self.left, self.right = 0.15 * self.w, 0.95 * self.w
        self.top, self.bottom = 0.07 * self.h, 0.85 * self.h

    def vfrac(self, v):
        lo, hi = self.vlim
        if self.log:
            lo, hi, v = math.log10(lo), math.log10(hi), math.log10(v)
        return (v - lo) / (hi - lo)

    def xfrac(self, x):
        lo, hi = self.xlim
        return (x - lo) / (hi - lo)

    def page(self, fx, fy):
        """Fractions of the plot rectangle to image pixels, rotation included."""
        x = self.left + fx * (self.right - self.left)
        y = self.bottom - fy * (self.bottom - self.top)
        cx, cy = self.w / 2, self.h / 2
        c, s = math.cos(self.theta), math.sin(self.theta)
        dx, dy = x - cx, y - cy
        return np.array([cx + c * dx - s * dy, cy + s * dx + c * dy])

    def point(self, x, v):
        a, b = self.xfrac(x), self.vfrac(v)
        return self.page(b, 1 - a) if self.axes == "hbar" else self.page(a, b)


# ------------------------------------------- what the program would compute
def lin(v, log):
    return math.log10(v) if log else v


def xy_transform(cal, xlog, ylog, no_rotation):
    """Pixel to (x, y) for XYAxes; cal is four (px, py, value), X1 X2 Y1 Y2."""
    (ax, ay, x1), (bx, by, x2), (cx, cy, y1), (dx, dy, y2) = cal
    x1, x2, y1, y2 = lin(x1, xlog), lin(x2, xlog), lin(y1, ylog), lin(y2, ylog)
    pix = np.array([[ax - bx, cx - dx], [ay - by, cy - dy]], float)
    m = np.diag([x1 - x2, y1 - y2]) @ np.linalg.inv(pix)
    if no_rotation:
        if abs(m[0, 0] * m[1, 1]) > abs(m[0, 1] * m[1, 0]):
            m = np.diag([(x2 - x1) / (bx - ax), (y2 - y1) / (dy - cy)])
        else:
            m = np.array([[0, (x2 - x1) / (by - ay)], [(y2 - y1) / (dx - cx), 0]])
    off = np.array([x1 - m[0] @ (ax, ay), y1 - m[1] @ (cx, cy)])

    def f(p):
        u, v = m @ np.asarray(p, float) + off
        return [10**u if xlog else u, 10**v if ylog else v]

    return f


def bar_transform(cal, log, rotated):
    """Pixel to [value] for BarAxes; cal is two (px, py, value), P1 P2."""
    (x1, y1, v1), (x2, y2, v2) = cal
    v1, v2 = lin(v1, log), lin(v2, log)
    if not rotated:
        angle = math.degrees(math.atan2(-(y2 - y1), x2 - x1)) % 360
        if min(abs(angle - a) for a in (0, 180, 360)) < 30:
            y2 = y1
        else:
            x2 = x1
    d = np.array([x2 - x1, y2 - y1], float)

    def f(p):
        t = float((np.asarray(p, float) - (x1, y1)) @ d / (d @ d))
        u = v1 + t * (v2 - v1)
        return [10**u if log else u]

    return f


# -------------------------------------------------------------- digitising
class Hand:
    """One digitiser: clicks with Gaussian jitter on a zoomed screen."""

    def __init__(self, seed, sd, sd_axis, zoom, bias=0.0):
        self.rng = np.random.default_rng(seed)
        self.sd, self.sd_axis, self.zoom, self.bias = sd, sd_axis, zoom, bias

    def click(self, p, axis=False):
        p = np.asarray(p, float) + self.rng.normal(0, self.sd_axis if axis else self.sd, 2)
        if not axis:
            p = p + (0.0, self.bias)
        if self.zoom:  # the screen has whole pixels only
            p = np.round(p * self.zoom) / self.zoom
        return float(p[0]), float(p[1])


def number(v):
    return repr(int(v)) if float(v).is_integer() else repr(float(v))


def digitise(fig, rows, hand, opt):
    """Return (project, truth rows) for one figure and one digitiser."""
    lo, hi = fig.vlim
    old = opt.version in ("3", "4.0")
    if fig.axes == "xy":
        a, b = fig.xlim
        ends = [fig.page(0, 0), fig.page(1, 0), fig.page(0, 0), fig.page(0, 1)]
        px = [hand.click(p, axis=True) for p in ends]
        text = [(a, lo), (b, lo), (a, lo), (b, hi)]
        cal = [(*px[0], a), (*px[1], b), (*px[2], lo), (*px[3], hi)]
        norot = opt.no_rotation and not old
        f = xy_transform(cal, False, fig.log, norot)
        axes = {"name": "XY", "type": "XYAxes", "isLogX": False, "isLogY": fig.log}
        if not old:
            axes["noRotation"] = norot
        points = [
            dict(px=p[0], py=p[1], dx=number(t[0]), dy=number(t[1]), dz=None)
            for p, t in zip(px, text)
        ]
    else:
        ends = [fig.page(0, 0), fig.page(1, 0) if fig.axes == "hbar" else fig.page(0, 1)]
        px = [hand.click(p, axis=True) for p in ends]
        rotated = bool(fig.theta) and not old
        f = bar_transform([(*px[0], lo), (*px[1], hi)], fig.log, rotated)
        axes = {"name": "Bar", "type": "BarAxes", "isLog": fig.log}
        if not old:
            axes["isRotated"] = rotated
        points = [dict(px=p[0], py=p[1], dx=0, dy=number(v), dz=None) for p, v in zip(px, (lo, hi))]
    axes["calibrationPoints"] = points
    axis_name = axes["name"]
    tips = {"upper": ["upper"], "lower": ["lower"], "both": ["upper", "lower"]}[opt.tips]
    if opt.error == "none":
        tips = []

    series = {}
    for r in rows:
        series.setdefault(r["dataset"], []).append(r)
    datasets, truth = [], []
    for name, arms in series.items():
        title = name or "Default Dataset"
        sets = {"mean": dataset(title, axis_name, opt, old)}
        if opt.error == "groups" and not old:
            sets["mean"]["groupNames"] = (
                [""] * (1 + len(tips)) if opt.unnamed_groups else ["mean"] + tips
            )
        elif opt.error == "dataset" or (opt.error == "groups" and old):
            for t in tips:
                sets[t] = dataset(f"{title} {t}", axis_name, opt, old)
        for k, r in enumerate(arms):
            got = {}
            for g, part in enumerate(["mean"] + tips):
                if part != "mean" and r["error"] is None:
                    continue
                v = r["mean"] + {"mean": 0, "upper": 1, "lower": -1}[part] * (r["error"] or 0)
                if fig.log and v <= 0:
                    continue
                p = hand.click(fig.point(r["x"], v))
                val = [float(u) for u in f(p)]
                got[part] = val[-1]
                home = sets.get(part, sets["mean"])
                q = {"x": p[0], "y": p[1]}
                if fig.axes != "xy" and (part == "mean" or home is not sets["mean"]):
                    lab = r["label"] or f"Bar{k}"
                    q["metadata"] = [lab] if old else {"label": lab}
                    home["metadataKeys"] = ["Label"] if old else ["label"]
                if "groupNames" in sets["mean"]:
                    q["tuple"], q["group"] = k, g
                if not opt.strip_values:
                    q["value"] = val
                home["data"].append(q)
            up, low = got.get("upper"), got.get("lower")
            if up is not None and low is not None:
                half = (up - low) / 2
            elif up is not None:
                half = up - got["mean"]
            elif low is not None:
                half = got["mean"] - low
            else:
                half = None
            truth.append(
                dict(
                    dataset=title,
                    label=r["label"],
                    x=r["x"],
                    n=r["n"],
                    error_type=r["error_type"],
                    mean_true=r["mean"],
                    error_true=r["error"],
                    mean_read=got["mean"],
                    upper_read=up,
                    lower_read=low,
                    error_read=half,
                )
            )
        datasets += list(sets.values())

    if opt.no_calibration:
        axes = None
        for d in datasets:
            d["axesName"] = ""
            for q in d["data"]:
                q.pop("value", None)
    if opt.version == "3":
        par = {"isLogX": False, "isLogY": fig.log} if fig.axes == "xy" else {"isLog": fig.log}
        out = {
            "wpd": {
                "version": [3, 8],
                "axesType": axes and axes["type"],
                "axesParameters": axes and par,
                "calibration": axes and points,
                "dataSeries": [
                    {k: d[k] for k in ("name", "data", "metadataKeys")} for d in datasets
                ],
                "distanceMeasurementData": None,
                "angleMeasurementData": None,
            }
        }
    else:
        out = {
            "version": [4, 0] if opt.version == "4.0" else [4, 2],
            "axesColl": [axes] if axes else [],
            "datasetColl": datasets,
            "measurementColl": [],
        }
    return out, truth


def dataset(name, axis_name, opt, old):
    d = {"name": name, "axesName": axis_name, "metadataKeys": []}
    if not old:
        d["colorRGB"] = [200, 0, 0, 255]
    d["data"] = []
    if opt.version != "3":
        d["autoDetectionData"] = None
    return d


# ------------------------------------------------------------ image and tar
def draw(fig, rows):
    """A plain grey-scale picture of the figure, as an array (h, w)."""
    img = np.full((fig.h, fig.w), 255, np.uint8)

    def line(p, q, shade=0, thick=1):
        n = int(max(abs(q - p))) * 2 + 2
        for t in np.linspace(0, 1, n):
            x, y = p + t * (q - p)
            i, j = int(round(y)), int(round(x))
            img[max(i - thick, 0) : i + thick, max(j - thick, 0) : j + thick] = shade

    line(fig.page(0, 0), fig.page(1, 0))
    line(fig.page(0, 0), fig.page(0, 1))
    half = 0.3 * min([1] + [abs(a["x"] - b["x"]) or 1 for a in rows for b in rows])
    base = fig.vlim[0]
    for r in rows:
        if fig.axes != "xy":
            for x in np.linspace(r["x"] - half, r["x"] + half, 160):
                line(fig.point(x, base), fig.point(x, r["mean"]), 170)
        else:
            line(fig.point(r["x"], r["mean"]) - 3, fig.point(r["x"], r["mean"]) + 3, 0, 3)
        if r["error"] is not None:
            low = r["mean"] - r["error"]
            if fig.log:
                low = max(low, base)
            line(fig.point(r["x"], low), fig.point(r["x"], r["mean"] + r["error"]))
            for v in (low, r["mean"] + r["error"]):
                line(fig.point(r["x"] - half / 3, v), fig.point(r["x"] + half / 3, v))
    return img


def png(img):
    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    raw = b"".join(b"\0" + row.tobytes() for row in img)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", img.shape[1], img.shape[0], 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )


def write_tar(path, name, project, images):
    """The program's project archive: NAME/info.json, wpd.json and images."""
    info = {"version": [4, 0], "json": "wpd.json", "images": list(images)}
    files = {
        "info.json": json.dumps(info).encode(),
        "wpd.json": json.dumps(project).encode(),
        **images,
    }
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        d = tarfile.TarInfo(f"{name}/")
        d.type, d.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(d)
        for k, body in files.items():
            t = tarfile.TarInfo(f"{name}/{k}")
            t.size, t.mode = len(body), 0o644
            tar.addfile(t, io.BytesIO(body))


# --------------------------------------------------------------------- main
def nice(v, up):
    if v == 0:
        return 0.0
    step = 10 ** math.floor(math.log10(abs(v))) / 2
    return (math.ceil if up else math.floor)(v / step) * step


def limits(rows, log):
    top = max(r["mean"] + (r["error"] or 0) for r in rows)
    low = min(r["mean"] - (r["error"] or 0) for r in rows)
    if log:
        low = min(v for r in rows for v in (r["mean"], r["mean"] - (r["error"] or 0)) if v > 0)
        return 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(top))
    return (nice(low * 1.05, False) if low < 0 else 0.0), nice(top * 1.05, True)


def read_arms(path):
    figures = {}
    with open(path, newline="", encoding="utf-8-sig") as fh:
        for r in csv.DictReader(fh):
            fig = figures.setdefault(r["figure"], [])
            k = sum(s["dataset"] == r["dataset"] for s in fig)
            fig.append(
                {
                    "dataset": r["dataset"],
                    "label": r["label"],
                    "x": float(r["x"]) if r["x"] else k + 1.0,
                    "mean": float(r["mean"]),
                    "error": float(r["error"]) if r["error"] else None,
                    "error_type": r["error_type"],
                    "n": r["n"],
                }
            )
    return figures


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("arms", help="CSV of arms, see the head of this file")
    p.add_argument("--out", default=".", help="folder to write into")
    p.add_argument(
        "--version",
        choices=["3", "4.0", "4.2"],
        default="4.2",
        help="file version; 4.2 is written by releases 4.2 to 5.x",
    )
    p.add_argument("--axes", choices=["bar", "hbar", "xy"], default="bar")
    p.add_argument(
        "--error",
        choices=["groups", "dataset", "none"],
        default="groups",
        help="where error-bar tips are stored",
    )
    p.add_argument("--tips", choices=["upper", "lower", "both"], default="upper")
    p.add_argument("--unnamed-groups", action="store_true")
    p.add_argument("--log", action="store_true", help="log10 value axis")
    p.add_argument("--limits", help="value axis, LO,HI")
    p.add_argument("--rotate", type=float, default=0.0, help="degrees")
    p.add_argument(
        "--no-rotation", action="store_true", help="XY: set noRotation, so that tilt is ignored"
    )
    p.add_argument("--size", default="800x600")
    p.add_argument("--jitter", type=float, default=0.5, help="click sd, px")
    p.add_argument("--axis-jitter", type=float, help="default: as --jitter")
    p.add_argument(
        "--zoom", type=float, default=1.6, help="screen pixels per image pixel; 0: not quantised"
    )
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--second", action="store_true", help="second digitiser")
    p.add_argument(
        "--second-bias",
        type=float,
        default=0.0,
        help="systematic vertical shift of the second one, px",
    )
    p.add_argument(
        "--strip-values", action="store_true", help="leave out the stored values: pixels only"
    )
    p.add_argument(
        "--no-calibration",
        action="store_true",
        help="datasets bound to no axes, as in an unfinished project",
    )
    p.add_argument("--tar", action="store_true", help="also NAME.tar, with PNG")
    o = p.parse_args(argv)

    out = pathlib.Path(o.out)
    out.mkdir(parents=True, exist_ok=True)
    size = tuple(int(v) for v in o.size.lower().split("x"))
    sd_axis = o.jitter if o.axis_jitter is None else o.axis_jitter
    rows_out = []
    for k, (name, rows) in enumerate(read_arms(o.arms).items()):
        vlim = tuple(float(v) for v in o.limits.split(",")) if o.limits else limits(rows, o.log)
        xs = [r["x"] for r in rows]
        xlim = (0.0, nice(max(xs) * 1.05, True)) if o.axes == "xy" else (min(xs) - 1, max(xs) + 1)
        fig = Figure(size, o.axes, vlim, xlim, o.log, o.rotate)
        hands = [("a", name, Hand([o.seed, k, 0], o.jitter, sd_axis, o.zoom))]
        if o.second:
            hands.append(
                ("b", f"{name}_b", Hand([o.seed, k, 1], o.jitter, sd_axis, o.zoom, o.second_bias))
            )
        for who, stem, hand in hands:
            project, truth = digitise(fig, rows, hand, o)
            (out / f"{stem}.json").write_text(json.dumps(project))
            if o.tar:
                write_tar(out / f"{stem}.tar", stem, project, {f"{name}.png": png(draw(fig, rows))})
            rows_out += [dict(t, file=f"{stem}.json", digitiser=who) for t in truth]
    with open(out / "truth.csv", "w", newline="") as fh:
        w = csv.DictWriter(fh, TRUTH, lineterminator="\n")
        w.writeheader()
        for r in rows_out:
            w.writerow({k: "" if r[k] is None else r[k] for k in TRUTH})


if __name__ == "__main__":
    main()
