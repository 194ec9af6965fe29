"""From what a model says to chances that hold: a curve that only rises, learned where the model has not looked."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from opportune.wiring.evaluating.decisions import Flags, Floats

Calibration: TypeAlias = Literal["isotonic", "platt"]
_TIE = 1e-6
_LEAST = 1e-6
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Steps:
    """A curve through points; before it has any, what is said stands."""

    said: Floats | None = None
    meant: Floats | None = None
    line: tuple[float, float] | None = None
    """Of the logit, where the curve is a logistic one: its height at 0, and its slope."""

    def of(self, raw: Floats) -> Floats:
        """The chances; what was greater stays greater, if by little."""
        if self.line is not None:
            return _squeezed(self.line[0] + self.line[1] * _logit(raw))
        if self.said is None or self.meant is None:
            return np.clip(raw, _LEAST, 1 - _LEAST)
        return np.clip(np.interp(raw, self.said, self.meant) * (1 - _TIE) + raw * _TIE, _LEAST, 1 - _LEAST)


def calibrated(calibration: Calibration, raw: Floats, happened: Flags) -> Steps:
    """The curve that makes of ``raw`` what happened: by steps (isotonic), or by two numbers (Platt, 1999)."""
    return _steps(raw, happened) if calibration == "isotonic" else Steps(line=_line(_logit(raw), happened))


def _steps(raw: Floats, happened: Flags) -> Steps:
    """Neighbours that fall are joined until none do (Ayer et al., 1955)."""
    order = np.argsort(raw, kind="stable")
    said, first = np.unique(raw[order], return_index=True)
    sizes = np.diff(np.append(first, len(raw))).astype(np.float64)
    sums = np.add.reduceat(happened[order].astype(np.float64), first)
    blocks: list[tuple[float, float, int]] = []
    for total, size in zip(sums.tolist(), sizes.tolist(), strict=True):
        block = (total, size, 1)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            before = blocks.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    meant = np.repeat([total / size for total, size, _ in blocks], [count for *_, count in blocks])
    return Steps(said, np.asarray(meant, dtype=np.float64))


def _line(logit: Floats, happened: Flags) -> tuple[float, float]:
    """Newton's steps towards the likeliest line; a little is held back, so that it exists."""
    columns = np.stack([np.ones_like(logit), logit], axis=1)
    weights = np.array([0.0, 1.0])
    for _ in range(_ROUNDS):
        chances = _squeezed(columns @ weights)
        slope = columns.T @ (happened - chances) - 1e-3 * (weights - [0.0, 1.0])
        bend = (columns * (chances * (1 - chances))[:, None]).T @ columns + 1e-3 * np.identity(2)
        weights = weights + np.linalg.solve(bend, slope)
    return float(weights[0]), max(float(weights[1]), _LEAST)


def _logit(raw: Floats) -> Floats:
    inside = np.clip(raw, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)


def _squeezed(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)
