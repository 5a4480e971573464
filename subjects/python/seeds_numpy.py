"""The NumPy code of the texts behind the specification, transcribed as it stands there: names, constants
and order of operations are theirs, slips included; docstrings are cut. Each block names text and line.
"""
import numpy as np

# ---- text 003, line 12: cross-entropy in bits ----


def cross_entropy(p, q, epsilon=1e-15):
    p = np.array(p)
    q = np.array(q) + epsilon  # Avoid log(0)
    q = q / q.sum()  # Renormalize after adding epsilon

    # Only sum over non-zero p values
    mask = p > 0
    return -np.sum(p[mask] * np.log2(q[mask]))


def entropy(p):
    p = np.array(p)
    p = p[p > 0]
    return -np.sum(p * np.log2(p))


# ---- text 003, line 29: BCE of clipped probabilities ----


def binary_cross_entropy(y_true, y_pred, epsilon=1e-15):
    y_pred = np.clip(y_pred, epsilon, 1 - epsilon)
    return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))


# ---- text 003, line 51: the two gradients ----


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_derivative(z):
    s = sigmoid(z)
    return s * (1 - s)


def mse_grad(p, y, z):
    return (p - y) * sigmoid_derivative(z)


def ce_grad(p, y):
    return p - y


# ---- text 004, line 116: naive and stable ----


def log_sum_exp_stable(z):
    z = np.asarray(z)
    axis = -1 if z.ndim > 1 else None
    z_max = np.max(z, axis=axis, keepdims=True)
    return z_max.squeeze() + np.log(np.sum(np.exp(z - z_max), axis=axis))


def log_softmax_stable(z):
    if z.ndim == 1:
        return z - log_sum_exp_stable(z)
    else:
        lse = log_sum_exp_stable(z)
        return z - lse[:, np.newaxis]


def cross_entropy_naive(logits, labels):
    # Compute softmax (even if stable, small values underflow)
    z_max = np.max(logits, axis=1, keepdims=True)
    exp_z = np.exp(logits - z_max)
    probs = exp_z / np.sum(exp_z, axis=1, keepdims=True)

    # Select true class probabilities
    n = logits.shape[0]
    true_probs = probs[np.arange(n), labels]

    # Log can underflow if true_probs is tiny!
    return -np.mean(np.log(true_probs))


def cross_entropy_stable(logits, labels):
    # Compute log-softmax stably
    log_probs = log_softmax_stable(logits)

    # Select log-probabilities of true classes
    n = logits.shape[0]
    true_log_probs = log_probs[np.arange(n), labels]

    # Mean negative log-probability
    return -np.mean(true_log_probs)


def cross_entropy_with_gradient(logits, labels):
    n, K = logits.shape

    # Stable softmax for gradient
    z_max = np.max(logits, axis=1, keepdims=True)
    exp_z = np.exp(logits - z_max)
    probs = exp_z / np.sum(exp_z, axis=1, keepdims=True)

    # Stable loss via log-softmax
    log_probs = log_softmax_stable(logits)
    true_log_probs = log_probs[np.arange(n), labels]
    loss = -np.mean(true_log_probs)

    # Gradient: (p_k - y_k) / n
    grad = probs.copy()
    grad[np.arange(n), labels] -= 1
    grad /= n

    return loss, grad


# ---- text 004, line 168: variants ----


def weighted_cross_entropy(logits, labels, class_weights):
    n, K = logits.shape

    # Stable log-softmax
    z_max = np.max(logits, axis=1, keepdims=True)
    log_probs = logits - z_max - np.log(
        np.sum(np.exp(logits - z_max), axis=1, keepdims=True)
    )

    # Get log-probs of true classes
    true_log_probs = log_probs[np.arange(n), labels]

    # Apply class weights
    sample_weights = class_weights[labels]

    return -np.mean(sample_weights * true_log_probs)


def focal_loss(logits, labels, gamma=2.0, alpha=None):
    n, K = logits.shape

    # Stable softmax
    z_max = np.max(logits, axis=1, keepdims=True)
    exp_z = np.exp(logits - z_max)
    probs = exp_z / np.sum(exp_z, axis=1, keepdims=True)

    # Stable log-softmax
    log_probs = logits - z_max - np.log(
        np.sum(np.exp(logits - z_max), axis=1, keepdims=True)
    )

    # Get probs and log-probs of true classes
    p_y = probs[np.arange(n), labels]
    log_p_y = log_probs[np.arange(n), labels]

    # Focal modulation: (1 - p_y)^gamma
    focal_weight = (1 - p_y) ** gamma

    # Optional class weights
    if alpha is not None:
        alpha_weight = alpha[labels]
        focal_weight *= alpha_weight

    loss = -focal_weight * log_p_y

    return np.mean(loss)


def label_smoothing_cross_entropy(logits, labels, epsilon=0.1):
    n, K = logits.shape

    # Stable log-softmax
    z_max = np.max(logits, axis=1, keepdims=True)
    log_probs = logits - z_max - np.log(
        np.sum(np.exp(logits - z_max), axis=1, keepdims=True)
    )

    # Construct smoothed targets
    # True class gets (1 - epsilon) + epsilon/K
    # Other classes get epsilon/K
    smooth_targets = np.full((n, K), epsilon / K)
    smooth_targets[np.arange(n), labels] = 1 - epsilon + epsilon / K

    # Cross-entropy with soft targets
    loss = -np.sum(smooth_targets * log_probs, axis=1)

    return np.mean(loss)
