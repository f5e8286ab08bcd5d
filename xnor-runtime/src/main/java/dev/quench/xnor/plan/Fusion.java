// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Value;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.SignThresholds;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.recognize.Instruction;
import dev.quench.xnor.recognize.Instruction.Binarize;
import dev.quench.xnor.recognize.Instruction.BitMaxPool;
import dev.quench.xnor.recognize.Instruction.Channelwise;
import dev.quench.xnor.recognize.Instruction.Convolution;
import dev.quench.xnor.recognize.Instruction.ThresholdConvolution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Rewrites a list of instructions to a shorter one with bit-identical results. Each rule applies
/// only if every intermediate value has a single reader:
///
/// 1. `Convolution, Channelwise*, Binarize` become a `ThresholdConvolution`;
/// 2. `Convolution, Channelwise*, MaxPool, Channelwise*, Binarize` become a `ThresholdConvolution`
///    and a `BitMaxPool`: each function is monotone, so signs can be pooled in place of sums;
/// 3. `Convolution, Channelwise*` become a `Convolution`, as long as the function stays affine;
/// 4. `Channelwise, Binarize` become a `Binarize` if ONNX Runtime computes the input and the
///    function is affine.
final class Fusion {
  private final List<Instruction> fused = new ArrayList<>();
  private final Readers readers;

  /// Instructions that were merged into an earlier one.
  private final Set<Instruction> absorbed = Collections.newSetFromMap(new IdentityHashMap<>());

  /// Values that instructions compute; ONNX Runtime computes the others.
  private final Set<Value> computed = Collections.newSetFromMap(new IdentityHashMap<>());

  private Fusion(Readers readers) {
    this.readers = readers;
  }

  /// @param instructions in the order in which they run
  /// @param graphOutputs values that must be computed even if no instruction reads them
  static List<Instruction> fuse(List<Instruction> instructions, List<Value> graphOutputs) {
    Fusion fusion = new Fusion(new Readers(instructions, graphOutputs));
    for (Instruction instruction : instructions) {
      if (!(instruction instanceof Instruction.Subgraph)) {
        fusion.computed.addAll(instruction.outputs());
      }
    }
    for (Instruction instruction : instructions) {
      if (!fusion.absorbed.contains(instruction)) {
        fusion.add(instruction);
      }
    }
    return fusion.fused;
  }

  private void add(Instruction instruction) {
    switch (instruction) {
      case Convolution convolution -> {
        if (!addThresholdConvolution(convolution)) {
          addAffineConvolution(convolution);
        }
      }
      case Channelwise channelwise -> fused.add(withBinarize(channelwise));
      default -> fused.add(instruction);
    }
  }

  /// Rules 1 and 2.
  private boolean addThresholdConvolution(Convolution convolution) {
    SignChain chain = SignChain.of(convolution, readers).orElse(null);
    if (chain == null) {
      return false;
    }
    SignThresholds signs = signs(convolution.weights(), chain.function()).orElse(null);
    if (signs == null) {
      return false;
    }
    // With pooling, the value of the sums now holds their signs.
    Value output = chain.window() == null ? chain.output() : convolution.output();
    fused.add(
        new ThresholdConvolution(
            convolution.input(), convolution.weights(), convolution.window(), signs, output));
    if (chain.window() != null) {
      fused.add(
          new BitMaxPool(
              output, chain.window(), descending(chain.functionAfterPooling()), chain.output()));
    }
    absorbed.addAll(chain.followers());
    return true;
  }

  private static Optional<SignThresholds> signs(WeightPanels weights, ChannelFunction function) {
    int[] largest = new int[weights.outChannels()];
    Arrays.setAll(largest, weights::largestSum);
    try {
      return Optional.of(SignThresholds.of(function, largest));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the float form then runs step by step and reports its NaN itself
    }
  }

  /// If a larger value becomes −1, a single −1 in the window makes the result −1.
  private static List<Boolean> descending(ChannelFunction function) {
    return IntStream.range(0, function.channels()).mapToObj(function::isDescending).toList();
  }

  /// Rule 3.
  private void addAffineConvolution(Convolution convolution) {
    ChannelFunction function = convolution.function();
    Value output = convolution.output();
    while (readers.only(output).orElse(null) instanceof Channelwise next
        && function.then(next.function()).isAffine()) {
      function = function.then(next.function());
      output = next.output();
      absorbed.add(next);
    }
    fused.add(
        new Convolution(
            convolution.input(), convolution.weights(), convolution.window(), function, output));
  }

  /// Rule 4.
  private Instruction withBinarize(Channelwise channelwise) {
    if (!computed.contains(channelwise.input())
        && channelwise.function().isAffine()
        && readers.only(channelwise.output()).orElse(null) instanceof Binarize next) {
      absorbed.add(next);
      return new Binarize(channelwise.input(), channelwise.function(), next.output());
    }
    return channelwise;
  }
}
