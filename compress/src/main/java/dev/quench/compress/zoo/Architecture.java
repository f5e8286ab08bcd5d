// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.graph.Model;
import dev.quench.graph.shape.ShapeInference;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The networks of the zoo.
///
/// Each has one input `image`, FLOAT `[N, channels, height, width]`. A classifier has one output
/// `logits`, `[N, classes]`. The order of a block is convolution, optional max pooling,
/// BatchNormalization, activation; first and last layer are float whatever the options say, and the
/// last one of a network with binary activations reads values clipped to [−1, 1].
public enum Architecture {
  /// LeCun et al. 1998 in the small form of two convolutions and two dense layers, with
  /// BatchNormalization.
  LENET,
  /// Network in network, Lin et al. 2014, of nine convolutions
  /// 192-160-96-192-192-192-192-192-classes; the fourth is 3 × 3.
  NIN,
  /// The same with grouped convolutions and channel shuffles,
  /// 256-256-256-512-512-512-1024-1024-classes.
  NIN_GC,
  /// Five 3 × 3 convolutions 64-128-128-256-256 and one 1 × 1, with optional shortcuts.
  VGG_SMALL,
  /// He et al. 2016 for small images: stages of 64, 128, 256 and 512 channels, two basic blocks
  /// each.
  RESNET18,
  /// He et al. 2016, section 4.2: stages of 16, 32 and 64 channels, three basic blocks each.
  RESNET20,
  /// Hubara et al. 2016: three hidden layers of 2048.
  BINARYNET_MLP,
  /// Hubara et al. 2016 for CIFAR-10: (2 × 128C3)-P2-(2 × 256C3)-P2-(2 ×
  /// 512C3)-P2-1024-1024-classes.
  BINARYNET_CONV,
  /// He et al. 2016, table 1, for large images: bottlenecks of 64, 128, 256 and 512 channels,
  /// widened fourfold; 25,557,032 parameters for 1000 classes.
  RESNET50,
  /// Sandler et al. 2018: inverted residuals with depthwise convolutions and ReLU6; 3,504,872
  /// parameters for 1000 classes.
  MOBILENET_V2,
  /// A one-stage detector of cross-stage partial blocks with SiLU, in the form of YOLOv5 small;
  /// outputs `boxes8`, `boxes16` and `boxes32`.
  CSP_DETECTOR,
  /// Simonyan and Zisserman 2015, configuration D: thirteen 3 × 3 convolutions with bias and without
  /// BatchNormalization, two dense layers of 4096; 138,357,544 parameters for 1000 classes of 224 ×
  /// 224. Poolings of a single row or column are left out.
  VGG16,
  /// Huang et al. 2017 for small images: three dense blocks of twelve layers that each add 12
  /// channels.
  DENSENET40,
  /// Ma et al. 2018, width 1: halves of the channels that pass by and are shuffled.
  SHUFFLENET_V2,
  /// Tan and Le 2019, B0: inverted residuals with squeeze and excitation, SiLU.
  EFFICIENTNET_B0,
  /// Dosovitskiy et al. 2021 in a small form: patches of 4 × 4, six blocks of 192 features in three
  /// heads.
  VIT_SMALL;

  /// As on the command line: `nin-gc`.
  public String commandName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The names of all, for help and messages.
  public static List<String> commandNames() {
    return Arrays.stream(values()).map(Architecture::commandName).toList();
  }

  /// @throws IllegalArgumentException if the name is unknown, listing the known names
  public static Architecture named(String commandName) {
    return Arrays.stream(values())
        .filter(architecture -> architecture.commandName().equals(commandName))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "unknown architecture '%s'; expected one of %s"
                    .formatted(commandName, String.join(", ", commandNames()))));
  }

  /// Whether it gives logits of classes, as training needs.
  public boolean isClassifier() {
    return this != CSP_DETECTOR;
  }

  /// Builds the network with initial weights from the seed, in the form in which it is trained.
  /// They are uniform, by Glorot and Bengio 2010, or from ResNet-50 on by
  /// He et al. 2015.
  ///
  /// @throws IllegalArgumentException if the images are too small for the network's pooling, or not
  ///   of a size that the detector takes
  public Model build(NetworkOptions options) {
    Model model =
        switch (this) {
          case LENET -> LeNet.build(options);
          case NIN -> NetworkInNetwork.build(options);
          case NIN_GC -> GroupedNetworkInNetwork.build(options);
          case VGG_SMALL -> VggSmall.build(options);
          case RESNET18 -> ResNet.build18(options);
          case RESNET20 -> ResNet.build20(options);
          case RESNET50 -> BottleneckResNet.build50(options);
          case MOBILENET_V2 -> MobileNetV2.build(options);
          case BINARYNET_MLP -> BinaryNet.buildDense(options);
          case BINARYNET_CONV -> BinaryNet.buildConvolutional(options);
          case CSP_DETECTOR -> CspDetector.build(options);
          case VGG16 -> Vgg16.build(options);
          case DENSENET40 -> DenseNet.build(options);
          case SHUFFLENET_V2 -> ShuffleNetV2.build(options);
          case EFFICIENTNET_B0 -> EfficientNet.build(options);
          case VIT_SMALL -> VisionTransformer.build(options);
        };
    new BinarizeWeights(options.weights()).apply(model);
    ShapeInference.infer(model);
    return model;
  }
}
