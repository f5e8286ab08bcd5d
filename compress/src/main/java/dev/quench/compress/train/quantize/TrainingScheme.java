// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.quantize;

/// How a layer is quantized in training.
///
/// @param method which quantizers
/// @param weightBits 2 to 16, or 32 for float weights
/// @param activationBits of the layer's input, likewise
/// @param gradientBits of the gradient at the layer's output, 2 to 16 with [Method#DOREFA], or 32
/// @param symmetric whether zero points are 0
/// @param perChannel whether each output channel has a range or step, else the tensor has one
/// @param observer of activations, with [Method#IAO]
/// @param momentum weight of a new batch in a moving average
/// @param share of the values that the range of a percentile or histogram observer keeps
/// @param normalization what becomes of a BatchNormalization behind the layer
/// @param forTensorRt whether TensorRT is to import the result: INT8 with zero point 0 alone
public record TrainingScheme(
    Method method,
    int weightBits,
    int activationBits,
    int gradientBits,
    boolean symmetric,
    boolean perChannel,
    Observer observer,
    double momentum,
    double share,
    Normalization normalization,
    boolean forTensorRt) {
  /// Bits that mean float.
  public static final int FLOAT = 32;

  private static final int MOST_BITS_FOR_TENSOR_RT = 8;
  private static final double MOMENTUM = 0.1;
  private static final double SHARE = 0.999999;

  /// The quantizers of weights and activations.
  public enum Method {
    /// Observed ranges; weights by their own. Source: Jacob et al., CVPR 2018.
    IAO,
    /// [DorefaLevels]; the first layer stays float.
    DOREFA,
    /// Trained steps. Source: Esser et al., ICLR 2020.
    LSQ,
    /// Activations clipped to a trained bound, weights by their own range. Source: Choi et al.,
    /// PACT, 2018. Weight decay is the penalty of the bound.
    PACT
  }

  /// What becomes of a BatchNormalization behind a layer.
  public enum Normalization {
    /// It stays a float node.
    SEPARATE,
    /// Folded into the weights, with the statistics of the batch in training.
    FUSED,
    /// Folded with running statistics; the layer's output is corrected to those of the batch.
    CALIBRATED
  }

  public TrainingScheme {
    requireBits("weights", weightBits);
    requireBits("activations", activationBits);
    requireBits("gradients", gradientBits);
    if (gradientBits != FLOAT && method != Method.DOREFA) {
      throw new IllegalArgumentException(
          "gradients of %d bits belong to DoReFa; %s trains with float gradients"
              .formatted(gradientBits, method));
    }
    if (!symmetric && method != Method.IAO) {
      throw new IllegalArgumentException(
          "asymmetric ranges belong to IAO; the zero points of %s are fixed".formatted(method));
    }
    if (!(momentum > 0 && momentum <= 1)) {
      throw new IllegalArgumentException("momentum must be in (0, 1], got " + momentum);
    }
    if (!(share > 0.5 && share <= 1)) {
      throw new IllegalArgumentException(
          "the share of values in a range must be in (0.5, 1], got " + share);
    }
    if (method == Method.DOREFA && normalization != Normalization.SEPARATE) {
      throw new IllegalArgumentException(
          "DoReFa bounds weights by tanh whatever their scale, so no BatchNormalization can be fused into them; leave it separate");
    }
    if (forTensorRt) {
      requireImportable(method, weightBits, activationBits, symmetric);
    }
  }

  private static void requireBits(String what, int bits) {
    if (bits != FLOAT) {
      Levels.requireBits(what, bits);
    }
  }

  private static void requireImportable(
      Method method, int weightBits, int activationBits, boolean symmetric) {
    if (!symmetric) {
      throw new IllegalArgumentException(
          "asymmetric ranges need zero points other than 0, which TensorRT does not import; train symmetrically or for ONNX Runtime");
    }
    for (int bits : new int[] {weightBits, activationBits}) {
      if (bits != FLOAT && bits > MOST_BITS_FOR_TENSOR_RT) {
        throw new IllegalArgumentException(
            "%d bits need INT16, which TensorRT does not import; take 8 bits or fewer, or train for ONNX Runtime"
                .formatted(bits));
      }
    }
    if (method == Method.DOREFA && activationBits == MOST_BITS_FOR_TENSOR_RT) {
      throw new IllegalArgumentException(
          "DoReFa activations of 8 bits are 0 to 255, and TensorRT takes INT8 up to 127; take 7 bits or fewer, or train for ONNX Runtime");
    }
  }

  private static TrainingScheme of(Method method, int weightBits, int activationBits) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        FLOAT,
        true,
        true,
        Observer.MOVING_AVERAGE,
        MOMENTUM,
        SHARE,
        Normalization.SEPARATE,
        false);
  }

  /// Symmetric, per channel, activations by a moving average with momentum 0.1.
  public static TrainingScheme iao(int weightBits, int activationBits) {
    return of(Method.IAO, weightBits, activationBits);
  }

  public static TrainingScheme dorefa(int weightBits, int activationBits) {
    return of(Method.DOREFA, weightBits, activationBits);
  }

  /// One step for each output channel and for each activation.
  public static TrainingScheme lsq(int weightBits, int activationBits) {
    return of(Method.LSQ, weightBits, activationBits);
  }

  /// Weights symmetric, per channel.
  public static TrainingScheme pact(int weightBits, int activationBits) {
    return of(Method.PACT, weightBits, activationBits);
  }

  /// @param bits of gradients, with [Method#DOREFA]
  public TrainingScheme withGradients(int bits) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        bits,
        symmetric,
        perChannel,
        observer,
        momentum,
        share,
        normalization,
        forTensorRt);
  }

  public TrainingScheme withSymmetric(boolean chosen) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        gradientBits,
        chosen,
        perChannel,
        observer,
        momentum,
        share,
        normalization,
        forTensorRt);
  }

  public TrainingScheme withPerChannel(boolean chosen) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        gradientBits,
        symmetric,
        chosen,
        observer,
        momentum,
        share,
        normalization,
        forTensorRt);
  }

  public TrainingScheme withObserver(Observer chosen) {
    return withObserver(chosen, share);
  }

  /// @param kept share of the values that a percentile or histogram keeps
  public TrainingScheme withObserver(Observer chosen, double kept) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        gradientBits,
        symmetric,
        perChannel,
        chosen,
        momentum,
        kept,
        normalization,
        forTensorRt);
  }

  public TrainingScheme withNormalization(Normalization chosen) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        gradientBits,
        symmetric,
        perChannel,
        observer,
        momentum,
        share,
        chosen,
        forTensorRt);
  }

  /// @throws IllegalArgumentException if TensorRT cannot import the outcome, with the reason
  public TrainingScheme withTensorRt(boolean chosen) {
    return new TrainingScheme(
        method,
        weightBits,
        activationBits,
        gradientBits,
        symmetric,
        perChannel,
        observer,
        momentum,
        share,
        normalization,
        chosen);
  }

  boolean quantizesWeights() {
    return weightBits != FLOAT;
  }

  boolean quantizesActivations() {
    return activationBits != FLOAT;
  }

  /// Levels of an activation, but for DoReFa's.
  ///
  /// @param nonNegative whether it has no values below 0
  Levels activationLevels(boolean nonNegative) {
    boolean unsigned = nonNegative && (!forTensorRt || activationBits < MOST_BITS_FOR_TENSOR_RT);
    return switch (method) {
      case IAO -> Levels.ofActivations(activationBits, symmetric);
      case LSQ ->
          unsigned ? Levels.unsigned(activationBits) : Levels.ofActivations(activationBits, true);
      case PACT ->
          unsigned ? Levels.unsigned(activationBits) : Levels.ofWeights(activationBits, true);
      case DOREFA -> Levels.unsigned(activationBits);
    };
  }
}
