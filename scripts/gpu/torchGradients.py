"""What PyTorch takes for gradients on a graphics card: `python scripts/gpu/torchGradients.py DIR`.

Writes each network as DIR/NAME.onnx, and DIR/torch.json: the card, and by name the gradients a second, forward and
backward of one logit with respect to batches of 64 images, TF32 off. Without a card it says so, and uses the processor.
Needs torch, torchvision and onnx.
"""

import json
import sys
import time
from pathlib import Path

import torch
import torchvision
from torch import nn

BATCH = 64
SECONDS = 5


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


NETWORKS = {
    "lenet-32": (lenet, 32),
    "resnet18-64": (lambda: torchvision.models.resnet18(num_classes=10), 64),
    "mobilenetv2-64": (lambda: torchvision.models.mobilenet_v2(num_classes=10), 64),
    "resnet50-224": (lambda: torchvision.models.resnet50(), 224),
}


def gradients_a_second(model, x):
    x.requires_grad_(True)

    def batch():
        (gradient,) = torch.autograd.grad(model(x)[:, 0].sum(), x)
        return gradient.flatten()[0].item()

    for _ in range(3):
        batch()
    start, batches = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        batch()
        batches += 1
    return BATCH * batches / (time.perf_counter() - start)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(0)
    has_card = torch.cuda.is_available()
    device = torch.device("cuda" if has_card else "cpu")
    name = torch.cuda.get_device_name() if has_card else "the processor"
    found = {}
    for title, (make, side) in NETWORKS.items():
        model = make().eval()
        example = torch.randn(2, 3, side, side)
        torch.onnx.export(
            model, (example,), folder / f"{title}.onnx", input_names=["x"], output_names=["logits"],
            dynamic_axes={"x": {0: "n"}, "logits": {0: "n"}}, dynamo=False,
        )
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        x = torch.randn(BATCH, 3, side, side, device=device)
        # The better of the two layouts.
        found[title] = max(
            gradients_a_second(model.to(device, memory_format=layout), x.clone(memory_format=layout))
            for layout in (torch.contiguous_format, torch.channels_last)
        )
        print(f"{title}: {found[title]:.0f} gradients a second", file=sys.stderr)
    report = {"torch": torch.__version__, "device": name, "batch": BATCH, "gradients": found}
    (folder / "torch.json").write_text(json.dumps(report, indent=1))


main(Path(sys.argv[1]))
