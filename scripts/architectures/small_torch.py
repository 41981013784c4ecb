"""Architectures of torchvision and timm with few channels, for test/fixtures/architectures."""

from functools import partial

from timm.models.convnext import ConvNeXt
from timm.models.resnet import BasicBlock, ResNet
from torchvision.models import DenseNet, ShuffleNetV2, SwinTransformer, VisionTransformer
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3

from torch_models import FORMATS, VERSIONS, Maker, expected, made, sample  # noqa: F401

TEN = {"num_classes": 10}


def mobile_net(width: float = 0.25) -> MobileNetV3:
    settings = [
        InvertedResidualConfig(16, 3, 16, 16, True, "RE", 2, 1, width),
        InvertedResidualConfig(16, 3, 72, 24, False, "RE", 2, 1, width),
        InvertedResidualConfig(24, 5, 96, 40, True, "HS", 1, 1, width),
        InvertedResidualConfig(40, 5, 240, 40, True, "HS", 1, 1, width),
    ]
    return MobileNetV3(settings, last_channel=32, **TEN)


MAKERS = [
    Maker("resnet", 32, partial(ResNet, BasicBlock, (1, 1, 1, 1), stem_width=8, channels=(8, 12, 16, 24), **TEN), ("ONNX, open batch",)),
    Maker("densenet", 32, partial(DenseNet, 4, (2, 2, 2), 8, **TEN), ("ONNX by TorchScript",)),
    Maker("shufflenet", 32, partial(ShuffleNetV2, [1, 2, 1], [8, 16, 24, 32, 48], **TEN), ("ONNX by TorchScript",)),
    Maker("mobilenet", 32, mobile_net, (".pt2, open batch",)),
    Maker("convnext", 32, partial(ConvNeXt, depths=(1, 1, 1, 1), dims=(8, 12, 16, 24), **TEN), (".pt2, open batch",)),
    Maker("vit", 32, partial(VisionTransformer, 32, 8, 2, 2, 24, 48, **TEN), ("ONNX, open batch",)),
    Maker("swin", 32, partial(SwinTransformer, [2, 2], 8, [2, 2], [2, 4], [4, 4], **TEN), (".pt2, open batch",)),
]
MORE: list[Maker] = []
