// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.select;

import java.util.Locale;

/// What a channel is worth. Channels that go together have the mean of what each layer says of
/// them.
public enum Criterion {
  /// Sum of the absolute weights of a filter. Source: Li et al., Pruning filters for efficient
  /// ConvNets, ICLR 2017, section 3.1. Differs from it: times the factor of the BatchNormalization
  /// behind, without which the norm of a filter means nothing.
  L1,
  /// Root of the sum of squares of a filter, times the factor of the BatchNormalization behind.
  L2,
  /// Sum of the distances to all other filters of the layer, so that those go that others can stand
  /// in for. Source: He et al., Filter pruning via geometric median, CVPR 2019, equation 4.
  FPGM,
  /// Absolute scale γ of the BatchNormalization behind, the largest where several share a channel.
  /// Source: Liu et al., Learning efficient convolutional networks through network slimming, ICCV
  /// 2017. Needs BatchNormalization that is not folded.
  SLIMMING,
  /// As [#SLIMMING] after training by proximal steps: the channels whose γ is exactly 0 go, however
  /// many they are. Source: Ye et al., Rethinking the smaller-norm-less-informative assumption,
  /// ICLR 2018, section 4.
  ISTA,
  /// Root of the mean square of what a channel adds to the outputs of the layers behind; needs
  /// data.
  ACTIVATION,
  /// How much the loss changes without the channel, to first order: the sum over its weights of
  /// weight times gradient, squared, mean over batches. Of one measure in all layers; needs data
  /// with labels, and a network that can be trained. Source: Molchanov et al., Importance
  /// estimation for neural network pruning, CVPR 2019, equations 7 and 8.
  TAYLOR,
  /// What a lasso on the outputs of the layers behind says of it; needs data.
  LASSO,
  /// How much the outputs of the layers behind move without it; needs data.
  THINET,
  /// What the layers behind lose when their weights are fitted anew without it; needs data.
  OBS;

  /// Whether channels are ranked by the scale γ of BatchNormalization.
  public boolean ranksScales() {
    return this == SLIMMING || this == ISTA;
  }

  /// Whether channels are ranked by what the layers that read them make of data.
  public boolean readsLayersBehind() {
    return switch (this) {
      case ACTIVATION, LASSO, THINET, OBS -> true;
      case L1, L2, FPGM, SLIMMING, ISTA, TAYLOR -> false;
    };
  }

  /// Whether channels are judged on data.
  public boolean needsData() {
    return switch (this) {
      case L1, L2, FPGM, SLIMMING, ISTA -> false;
      case ACTIVATION, TAYLOR, LASSO, THINET, OBS -> true;
    };
  }

  /// As on the command line.
  public String commandName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
