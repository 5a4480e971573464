"""The PyTorch code of the texts behind the specification, transcribed as it stands there, as
seeds_numpy.py does. Lines that were no function are one here, under the name of their heading."""
import torch
import torch.nn.functional as F

# ---- text 002, line 433 ----


def cross_entropy_with_label_smoothing(logits, labels, alpha=0.1):
    num_classes = logits.size(-1)

    # Create smoothed labels
    smoothed_labels = torch.full_like(logits, alpha / num_classes)
    smoothed_labels.scatter_(-1, labels.unsqueeze(-1), 1.0 - alpha + alpha / num_classes)

    # Compute cross-entropy with soft labels
    log_probs = F.log_softmax(logits, dim=-1)
    loss = -(smoothed_labels * log_probs).sum(dim=-1).mean()

    return loss


# ---- text 002, line 627: "Bad: Stores intermediate probabilities"; text 003, line 24: "Manual" ----


def manual_cross_entropy(logits, labels):
    probs = F.softmax(logits, dim=-1)
    loss = -torch.log(probs[range(len(probs)), labels]).mean()
    return loss


# ---- text 003, line 32 ----


def bce_with_logits_manual(logits, targets):
    # For numerical stability, we use:
    # max(z, 0) - z*y + log(1 + exp(-abs(z)))
    max_val = torch.clamp(logits, min=0)
    loss = max_val - logits * targets + torch.log(1 + torch.exp(-torch.abs(logits)))
    return loss.mean()


# ---- text 003, line 41: "Negative Log-Likelihood (manual)" ----


def manual_nll(logits, y):
    num_samples = len(y)
    probs = F.softmax(logits, dim=1)
    # Get probability of true class for each sample
    true_class_probs = probs[torch.arange(num_samples), y]
    nll_loss = -torch.log(true_class_probs + 1e-10).mean()
    return nll_loss


# ---- text 003, line 77 ----


def label_smoothing_ce(logits, targets, smoothing=0.1):
    num_classes = logits.size(-1)
    with torch.no_grad():
        # Create smoothed labels
        smooth_targets = torch.full_like(logits, smoothing / (num_classes - 1))
        smooth_targets.scatter_(1, targets.unsqueeze(1), 1.0 - smoothing)

    log_probs = F.log_softmax(logits, dim=-1)
    return -(smooth_targets * log_probs).sum(dim=-1).mean()


def weighted_ce(logits, targets, class_weights):
    return F.cross_entropy(logits, targets, weight=class_weights)


def focal_loss(logits, targets, gamma=2.0, alpha=None):
    ce_loss = F.cross_entropy(logits, targets, reduction='none')
    pt = torch.exp(-ce_loss)  # probability of true class
    focal_weight = (1 - pt) ** gamma

    if alpha is not None:
        alpha_weight = alpha[targets]
        focal_weight = focal_weight * alpha_weight

    return (focal_weight * ce_loss).mean()
