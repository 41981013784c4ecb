"""Networks of random weights, exported for the bench, and the time that PyTorch's eager mode takes for their gradients."""

import sys
import time
from pathlib import Path

import torch
import torchvision
from channel import receive, send
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(2)


def lenet():
    return nn.Sequential(
        nn.Conv2d(3, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1250, 500), nn.ReLU(), nn.Linear(500, 10),
    )  # fmt: skip


def nin():
    def block(i, o, k, last):
        layers = [nn.Conv2d(i, o[0], k, padding=k // 2), nn.ReLU()]
        layers += [nn.Conv2d(o[0], o[1], 1), nn.ReLU(), nn.Conv2d(o[1], o[2], 1), nn.ReLU()]
        return [*layers, last]

    return nn.Sequential(
        *block(3, (192, 160, 96), 5, nn.MaxPool2d(3, 2, 1)),
        *block(96, (192, 192, 192), 5, nn.AvgPool2d(3, 2, 1)),
        *block(192, (192, 192, 10), 3, nn.AvgPool2d(8)),
        nn.Flatten(),
    )


class Residual(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o))
        self.skip = nn.Conv2d(i, o, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x):
        return torch.relu(self.b(self.a(x)) + self.skip(x))


def resnet8():
    blocks = [Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2)]
    stem = [nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobilenet():
    def block(i, o, stride):
        depthwise = [nn.Conv2d(i, i, 3, stride, 1, groups=i, bias=False), nn.BatchNorm2d(i), nn.ReLU6()]
        return depthwise + [nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU6()]

    stem = [nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU6()]
    blocks = block(32, 64, 1) + block(64, 128, 2) + block(128, 128, 1) + block(128, 256, 2)
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))


class Vit(nn.Module):
    def __init__(self, width=64, depth=4, heads=4, patch=4):
        super().__init__()
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.position = nn.Parameter(torch.randn(1, (32 // patch) ** 2, width) * 0.02)
        layers = {"dim_feedforward": 4 * width, "activation": "gelu", "batch_first": True, "norm_first": True}
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(width, heads, dropout=0, **layers) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))


# Network, side of its images, batches that it is timed at.
NETWORKS = {
    "LeNet": (lenet, 32, [1, 16, 64]),
    "NiN": (nin, 32, [1, 16, 64]),
    "ResNet8": (resnet8, 32, [1, 16, 64]),
    "MobileNet, small": (mobilenet, 32, [1, 16, 64]),
    "ViT, small": (Vit, 32, [1, 16, 64]),
    "ResNet-50": (torchvision.models.resnet50, 64, [1, 8]),
    "MobileNetV2": (torchvision.models.mobilenet_v2, 64, [1, 8]),
    "VGG-19": (torchvision.models.vgg19, 224, [1, 4]),
}


def gradients(model, x, cotangents):
    x = x.detach().requires_grad_()
    logits = model(x)
    for cotangent in cotangents:
        torch.autograd.grad(logits, x, cotangent.expand_as(logits), retain_graph=True)
    if x.is_cuda:
        torch.cuda.synchronize()


def fastest(work, seconds):
    """ms of the fastest of the runs that fit into some seconds, three at least, after one that warms up."""
    work()
    best, end, runs = float("inf"), time.perf_counter() + seconds, 0
    while runs < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best, runs = min(best, time.perf_counter() - start), runs + 1
    return 1000 * best


def main():
    folder, where, wanted = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    device = "cuda" if where == "card" and torch.cuda.is_available() else "cpu"
    card = torch.cuda.get_device_name() if device == "cuda" else "the processor"
    for name, (make, side, batches) in NETWORKS.items():
        if wanted and name not in wanted:
            continue
        model = make().eval().requires_grad_(False)
        file = folder / f"{name}.onnx"
        batch = {"x": {0: torch.export.Dim("n")}}
        torch.onnx.export(model, (torch.randn(2, 3, side, side),), file, input_names=["x"], output_names=["logits"],
                          dynamic_shapes=(batch["x"],), external_data=False, verbose=False, dynamo=True)  # fmt: skip
        send({"name": name, "batches": batches, "file": str(file), "device": card, "torch": torch.__version__})
        model.to(device)
        layouts = [torch.contiguous_format, torch.channels_last]
        while (asked := receive()[0]).get("next") is None:
            x = torch.randn(asked["batch"], 3, side, side, device=device)
            with torch.no_grad():
                classes = model(x[:1]).shape[1]
            cotangents = torch.eye(classes, device=device)[: asked["cotangents"]]

            def best(layout):
                laid = model.to(memory_format=layout)
                return fastest(lambda: gradients(laid, x.to(memory_format=layout), cotangents), asked["seconds"])

            send({"ms": min(best(layout) for layout in layouts)})
        file.unlink()
    send({"end": True})


main()
