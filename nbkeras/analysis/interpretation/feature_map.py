"""Features of a layer projected to two dimensions, by PCA or t-SNE."""

import importlib
import importlib.util

import numpy as np


def pca(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project features onto their first two principal components.

    Args:
        features: (n, width).

    Returns:
        (n, 2) float32 coordinates and (2,) explained variance ratios. The largest entry
        of each direction is positive.
    """
    centred = np.asarray(features, "float64")
    centred = centred - centred.mean(axis=0)
    total = (centred**2).sum()
    points, shares = np.zeros((len(centred), 2), "float32"), np.zeros(2)
    if not total > 0:
        return points, shares
    directions, sizes = _leading(centred)
    for i, (direction, size) in enumerate(zip(directions, sizes, strict=True)):
        direction = direction * np.sign(direction[np.argmax(abs(direction))])
        points[:, i] = centred @ direction
        shares[i] = size**2 / total
    return points, shares


def _leading(centred):
    """(directions, singular values) of the two largest singular values, or of one."""
    if min(centred.shape) <= 3:
        _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
        return directions[:2], sizes[:2]
    from scipy.sparse.linalg import svds

    start = np.random.default_rng(0).normal(size=min(centred.shape))
    _, sizes, directions = svds(centred, k=2, v0=start)
    return directions[::-1], sizes[::-1]


def can_tsne() -> bool:
    """Whether scikit-learn is installed, which t-SNE requires."""
    return importlib.util.find_spec("sklearn") is not None


def tsne(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """t-SNE coordinates (n, 2), float32; distances between clusters mean little.

    Source: van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9 (2008).

    Raises:
        ModuleNotFoundError: scikit-learn is not installed.
        ValueError: there are fewer than five rows.
    """
    if not can_tsne():
        raise ModuleNotFoundError(
            "t-SNE needs scikit-learn. Install it, or use the PCA of `.pca()`."
        )
    if len(features) < 5:
        raise ValueError(
            f"t-SNE needs at least five pictures, and got {len(features)}. Use the "
            "PCA of `.pca()`."
        )
    manifold = importlib.import_module("sklearn.manifold")
    perplexity = min(30.0, (len(features) - 1) / 3)
    method = manifold.TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
    return method.fit_transform(np.asarray(features, "float32")).astype("float32")
