// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.factor;

import dev.quench.compress.TensorArrays;
import dev.quench.compress.factor.FactoredLayer.Part;
import dev.quench.compress.factor.FactoredLayer.Window;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;

/// A convolution over two axes with one group and constant weights, and its factorizations.
final class ConvolutionSplit implements LayerSplit {
  /// With a stride of 1 the padding of SAME does not depend on the size of the input.
  private static final long ANY_SIZE = 1 << 20;

  private final INDArray weights;
  private final DataType type;
  private final Window window;
  private final SlidingWindow sliding;
  private final long[] pads;
  private final int outputs;
  private final int inputs;
  private final int rows;
  private final int columns;

  private ConvolutionSplit(INDArray weights, DataType type, SlidingWindow sliding, long[] pads) {
    this.weights = weights;
    this.type = type;
    this.sliding = sliding;
    this.pads = pads;
    this.window = Window.of(sliding.kernel(), sliding.strides(), pads, sliding.dilations());
    this.outputs = (int) weights.size(0);
    this.inputs = (int) weights.size(1);
    this.rows = (int) weights.size(2);
    this.columns = (int) weights.size(3);
  }

  /// Empty for another operator.
  ///
  /// @throws UnfactorableException saying why a convolution cannot be split
  static Optional<LayerSplit> of(Node node) {
    if (!node.is("Conv")) {
      return Optional.empty();
    }
    Tensor weights = LayerSplit.weights(node);
    if (weights.shape().rank() != 4) {
      throw new UnfactorableException("it does not slide along two axes");
    }
    if (node.intAttribute("group", 1) != 1) {
      throw new UnfactorableException("it has groups of channels");
    }
    SlidingWindow sliding =
        SlidingWindow.of(node, weights.shape().size(2), weights.shape().size(3));
    long[] pads = new long[4];
    for (int i = 0; i < 2; i++) {
      WindowAxis axis = sliding.axis(i);
      if (axis.autoPad().isSame() && axis.stride() != 1) {
        throw new UnfactorableException("its auto_pad depends on the size of the input");
      }
      pads[i] = axis.padBefore(ANY_SIZE);
      pads[i + 2] = axis.padAfter(ANY_SIZE);
    }
    return Optional.of(
        new ConvolutionSplit(TensorArrays.toArray(weights), weights.dataType(), sliding, pads));
  }

  @Override
  public FactoredLayer split(FactorMethod method, RankRule rule, int align) {
    return switch (method) {
      case SPATIAL -> spatial(rule, align);
      case CHANNEL -> channel(rule, align);
      case TUCKER -> tucker(rule, align);
    };
  }

  private double macs() {
    return (double) outputs * inputs * rows * columns;
  }

  private FactoredLayer spatial(RankRule rule, int align) {
    if (rows == 1 || columns == 1) {
      throw new UnfactorableException("its kernel has one row or one column already");
    }
    SingularValues found =
        SingularValues.of(
            weights
                .permute(1, 2, 0, 3)
                .reshape('c', (long) inputs * rows, (long) outputs * columns));
    // The first convolution runs at every column of the input, the second only where it is read.
    double perRank =
        ((double) inputs * rows * sliding.strides()[1] + (double) outputs * columns) / macs();
    int rank = LayerSplit.rank(rule, align, found, perRank);
    INDArray column = found.leftHalf(rank).transpose().reshape('c', rank, inputs, rows, 1);
    INDArray row =
        found.rightHalf(rank).reshape('c', rank, outputs, columns).permute(1, 0, 2).dup('c');
    return new FactoredLayer(
        FactorMethod.SPATIAL,
        List.of(
            part(
                column,
                Window.of(
                    new long[] {rows, 1},
                    new long[] {sliding.strides()[0], 1},
                    new long[] {pads[0], 0, pads[2], 0},
                    new long[] {sliding.dilations()[0], 1})),
            part(
                row.reshape('c', outputs, rank, 1, columns),
                Window.of(
                    new long[] {1, columns},
                    new long[] {1, sliding.strides()[1]},
                    new long[] {0, pads[1], 0, pads[3]},
                    new long[] {1, sliding.dilations()[1]}))),
        List.of(rank),
        rank * perRank,
        Math.sqrt(1 - found.energy(rank)));
  }

  private FactoredLayer channel(RankRule rule, int align) {
    SingularValues found =
        SingularValues.of(weights.reshape('c', outputs, (long) inputs * rows * columns));
    double perRank = ((double) inputs * rows * columns + outputs) / macs();
    int rank = LayerSplit.rank(rule, align, found, perRank);
    return new FactoredLayer(
        FactorMethod.CHANNEL,
        List.of(
            part(found.rightHalf(rank).reshape('c', rank, inputs, rows, columns), window),
            part(found.leftHalf(rank).reshape('c', outputs, rank, 1, 1), pointwise())),
        List.of(rank),
        rank * perRank,
        Math.sqrt(1 - found.energy(rank)));
  }

  private FactoredLayer tucker(RankRule rule, int align) {
    if (rows == 1 && columns == 1) {
      throw new UnfactorableException("its kernel has one tap, so a core is not worth it");
    }
    long taps = (long) rows * columns;
    SingularValues byOutput = SingularValues.of(weights.reshape('c', outputs, inputs * taps));
    SingularValues byInput =
        SingularValues.of(weights.permute(1, 0, 2, 3).reshape('c', inputs, outputs * taps));
    TuckerRanks ranks = tuckerRanks(rule, align, byOutput, byInput);
    INDArray left = byOutput.left(ranks.outputs());
    INDArray right = byInput.left(ranks.inputs());
    INDArray half =
        left.transpose()
            .mmul(weights.reshape('c', outputs, inputs * taps))
            .reshape('c', ranks.outputs(), inputs, taps)
            .permute(1, 0, 2)
            .reshape('c', inputs, ranks.outputs() * taps);
    INDArray core =
        right
            .transpose()
            .mmul(half)
            .reshape('c', ranks.inputs(), ranks.outputs(), rows, columns)
            .permute(1, 0, 2, 3);
    // The factors are orthonormal, so what the core lacks of the norm is what is lost.
    double kept = core.norm2Number().doubleValue();
    double all = weights.norm2Number().doubleValue();
    double error = all == 0 ? 0 : Math.sqrt(Math.max(0, 1 - kept * kept / (all * all)));
    return new FactoredLayer(
        FactorMethod.TUCKER,
        List.of(
            part(right.transpose().reshape('c', ranks.inputs(), inputs, 1, 1), pointwise()),
            part(core, window),
            part(left.reshape('c', outputs, ranks.outputs(), 1, 1), pointwise())),
        List.of(ranks.inputs(), ranks.outputs()),
        macsShare(ranks),
        error);
  }

  /// Both ranks of a core.
  private record TuckerRanks(int inputs, int outputs) {}

  private TuckerRanks tuckerRanks(
      RankRule rule, int align, SingularValues byOutput, SingularValues byInput) {
    switch (rule) {
      case RankRule.Energy(double share) -> {
        // The errors of both projections add up at most.
        double each = 1 - (1 - share) / 2;
        return new TuckerRanks(
            LayerSplit.roundedUp(byInput.rankFor(each), align, inputs),
            LayerSplit.roundedUp(byOutput.rankFor(each), align, outputs));
      }
      case RankRule.Macs(double share) -> {
        for (int step = 99; step > 0; step--) {
          TuckerRanks ranks =
              new TuckerRanks(
                  LayerSplit.roundedDown(inputs * step / 100, align),
                  LayerSplit.roundedDown(outputs * step / 100, align));
          if (ranks.inputs() > 0 && ranks.outputs() > 0 && macsShare(ranks) <= share) {
            return ranks;
          }
        }
        throw LayerSplit.noRank(share, align);
      }
    }
  }

  private double macsShare(TuckerRanks ranks) {
    double first = (double) ranks.inputs() * inputs * sliding.strides()[0] * sliding.strides()[1];
    double core = (double) ranks.inputs() * ranks.outputs() * rows * columns;
    return (first + core + (double) outputs * ranks.outputs()) / macs();
  }

  private Part part(INDArray array, Window of) {
    return new Part(TensorArrays.toTensor(array.dup('c'), type), of);
  }

  private static Window pointwise() {
    return Window.of(new long[] {1, 1}, new long[] {1, 1}, new long[4], new long[] {1, 1});
  }
}
