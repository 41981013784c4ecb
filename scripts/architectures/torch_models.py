"""Architectures of torchvision and timm with seeded random weights, and the files that PyTorch writes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import timm
import torch
import torchvision
from torch import nn

VERSIONS = f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}"
IMAGES = 2


@dataclass(frozen=True)
class Maker:
    """A model to be made. `size` is the extent of its square images, `formats` the keys of FORMATS it is written in."""

    name: str
    size: int
    build: Callable[[], nn.Module]
    formats: tuple[str, ...]


# Files


def dynamo(model: nn.Module, x: torch.Tensor, folder: Path, *, dynamic: bool) -> Path:
    file = folder / "model.onnx"
    open_batch = {"dynamic_shapes": ({0: torch.export.Dim("n")},)} if dynamic else {}
    sample = x if dynamic else x[:1]
    torch.onnx.export(model, (sample,), file, dynamo=True, external_data=True, verbose=False, **open_batch)
    return file


def torchscript(model: nn.Module, x: torch.Tensor, folder: Path) -> Path:
    file = folder / "model.onnx"
    names = {"input_names": ["input"], "output_names": ["logits"]}
    torch.onnx.export(model, (x,), file, dynamo=False, opset_version=17, dynamic_axes={"input": {0: "n"}}, **names)
    return file


def exported_program(model: nn.Module, x: torch.Tensor, folder: Path) -> Path:
    file = folder / "model.pt2"
    program = torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("n")},), strict=False)
    torch.export.save(program, file)
    return file


# By the title of the column: writes a model into a folder and returns the file to open.
FORMATS: dict[str, Callable[[nn.Module, torch.Tensor, Path], Path]] = {
    "ONNX, batch of 1": partial(dynamo, dynamic=False),
    "ONNX, open batch": partial(dynamo, dynamic=True),
    "ONNX by TorchScript": torchscript,
    ".pt2, open batch": exported_program,
}

# Weights


def randomised(model: nn.Module, size: int) -> nn.Module:
    """Gives every layer a say: zeros, ones and small scales become random, running statistics those of noise."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            values = parameter.flatten()
            if values.numel() > 1 and not torch.all(values == values[0]):
                continue
            noise = torch.rand(parameter.shape, generator=generator)
            parameter.copy_(0.5 + noise if values[0] != 0 else 0.2 * noise - 0.1)
        norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.train()
            norm.momentum = None
        if norms:
            model(torch.randn(8, 3, size, size, generator=generator))
    return model.eval().requires_grad_(False)


# What is expected


def expected(model: nn.Module, maker: Maker) -> dict[str, np.ndarray]:
    """Images, logits, classes k and j, gradients of F = f_j − f_k, and the float32 noise of each gradient."""
    x = torch.randn(IMAGES, 3, maker.size, maker.size, generator=torch.Generator().manual_seed(2))

    def logits_and_gradients(network: nn.Module, images: torch.Tensor, pairs: torch.Tensor | None):
        images = images.clone().requires_grad_()
        logits = network(images)
        pairs = logits.topk(2).indices if pairs is None else pairs
        chosen = logits.gather(1, pairs)
        (chosen[:, 1] - chosen[:, 0]).sum().backward()
        return logits.detach(), pairs, images.grad

    logits, pairs, gradients = logits_and_gradients(model, x, None)
    _, _, exact = logits_and_gradients(model.double(), x.double(), pairs)
    model.float()
    noise = (gradients - exact).flatten(1).norm(dim=1) / exact.flatten(1).norm(dim=1)
    arrays = {"x": x, "logits": logits, "pairs": pairs, "gradients": gradients, "noise": noise}
    return {name: array.numpy() for name, array in arrays.items()}


def sample(x: np.ndarray) -> torch.Tensor:
    """What an exporter is given as its example."""
    return torch.from_numpy(x)


# Makers


def torchvision_model(name: str, size: int = 64, **options) -> Maker:
    build = partial(torchvision.models.get_model, name, weights=None, **options)
    return Maker(f"torchvision {name}", size, build, tuple(FORMATS))


def timm_model(name: str, size: int = 64, **options) -> Maker:
    build = partial(timm.create_model, name, pretrained=False, **options)
    return Maker(f"timm {name}", size, build, tuple(FORMATS))


def sized(name: str, size: int, **options) -> Maker:
    """A timm model that must be told the size of its images."""
    return timm_model(name, size, img_size=size, **options)


# One or two of each family.
MAKERS = [
    torchvision_model("alexnet"),
    torchvision_model("vgg11"),
    torchvision_model("resnet18"),
    torchvision_model("resnet50"),
    torchvision_model("densenet121"),
    torchvision_model("googlenet", aux_logits=False, init_weights=False),
    torchvision_model("inception_v3", 96, aux_logits=False, init_weights=False),
    torchvision_model("squeezenet1_1"),
    torchvision_model("shufflenet_v2_x1_0"),
    torchvision_model("mobilenet_v2"),
    torchvision_model("mobilenet_v3_small"),
    timm_model("mobilenetv4_conv_small"),
    torchvision_model("mnasnet0_5"),
    torchvision_model("efficientnet_b0"),
    timm_model("tf_efficientnetv2_b0"),
    torchvision_model("regnet_x_400mf"),
    torchvision_model("regnet_y_400mf"),
    timm_model("convnext_atto"),
    timm_model("convnextv2_atto"),
    sized("vit_tiny_patch16_224", 64),
    sized("deit_tiny_distilled_patch16_224", 64),
    torchvision_model("swin_t"),
    torchvision_model("swin_v2_t"),
    sized("maxvit_pico_rw_256", 64),
    timm_model("mixer_s32_224", 224),
    timm_model("legacy_xception", 96),
    timm_model("edgenext_xx_small"),
    timm_model("mobilevit_xxs"),
    timm_model("ghostnetv2_100"),
]
MORE = [
    torchvision_model("resnext50_32x4d"),
    torchvision_model("mobilenet_v3_large"),
    torchvision_model("efficientnet_v2_s"),
    torchvision_model("convnext_tiny"),
    torchvision_model("vit_b_32", image_size=64),
    torchvision_model("maxvit_t", 224),
    timm_model("mobilenetv4_hybrid_medium"),
    timm_model("xception41"),
    timm_model("inception_v4", 96),
    timm_model("inception_resnet_v2", 96),
    sized("swin_tiny_patch4_window7_224", 56, window_size=7),
    sized("swinv2_tiny_window8_256", 64),
    sized("swinv2_cr_tiny_224", 64),
    sized("coatnet_pico_rw_224", 64),
    timm_model("mobilevitv2_050"),
    timm_model("repvgg_a0"),
    timm_model("mobileone_s0"),
    timm_model("nfnet_l0"),
    timm_model("resnetv2_50x1_bit"),
    timm_model("poolformer_s12"),
    timm_model("efficientformer_l1", 224),
    timm_model("cspdarknet53"),
    timm_model("hrnet_w18_small"),
    timm_model("levit_128s", 224),
    timm_model("fastvit_t8"),
    timm_model("rexnet_100"),
    timm_model("res2net50_14w_8s"),
    timm_model("dpn68"),
    sized("volo_d1_224", 64),
    sized("beit_base_patch16_224", 64),
    sized("eva02_tiny_patch14_224", 56),
    sized("cait_xxs24_224", 64),
    timm_model("crossvit_tiny_240", 240),
    sized("pvt_v2_b0", 64),
    timm_model("twins_svt_small", 64, img_size=64),
    timm_model("resnest14d"),
    timm_model("seresnet50"),
    timm_model("ese_vovnet19b_dw"),
    timm_model("dla34"),
    timm_model("lcnet_050"),
    timm_model("gmlp_ti16_224", 224),
    timm_model("resmlp_12_224", 224),
    timm_model("convmixer_768_32"),
    timm_model("visformer_tiny", 224),
    timm_model("nest_tiny", 224),
    timm_model("focalnet_tiny_srf"),
    timm_model("davit_tiny"),
    timm_model("hiera_tiny_224", 224),
    timm_model("starnet_s1"),
    timm_model("mambaout_femto"),
    timm_model("inception_next_atto"),
    timm_model("efficientvit_b0"),
    timm_model("efficientvit_m0", 224),
    timm_model("tiny_vit_5m_224", 224),
    timm_model("xcit_nano_12_p16_224"),
    timm_model("gcvit_xxtiny", 224),
    timm_model("halonet26t", 256),
    timm_model("botnet26t_256", 256),
    timm_model("lambda_resnet26t", 256),
    timm_model("sequencer2d_s", 224),
    timm_model("gernet_s"),
    timm_model("selecsls42"),
    timm_model("repvit_m0_9"),
    timm_model("shvit_s1"),
    timm_model("tresnet_m"),
    torchvision_model("vgg11_bn"),
    torchvision_model("wide_resnet50_2"),
]


def made(maker: Maker) -> nn.Module:
    torch.manual_seed(0)
    return randomised(maker.build(), maker.size)
