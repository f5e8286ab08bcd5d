// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.xnor.BinaryNets;
import dev.quench.xnor.recognize.Instruction;
import dev.quench.xnor.recognize.Recognition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What each rule of fusion makes of a network, and what stops it.
class FusionTest {
  private static final int CHANNELS = 8;

  private final BinaryNets net = new BinaryNets(1);
  private final Value x = net.input(CHANNELS, 8, 8);

  @Test
  void functionsUpToASignBecomeThresholds() {
    Value sums = convolution(net.sign(x));
    Value normalized = net.node("Relu", net.node("Add", sums, net.scalar(1)));
    assertThat(fused(convolution(net.sign(normalized))))
        .containsExactly("Binarize", "ThresholdConvolution", "Convolution");
  }

  @Test
  void poolingBeforeASignIsPoolingOfBits() {
    Value sums = convolution(net.sign(x));
    Value shifted = net.node("Add", pool(sums), net.scalar(-1));
    assertThat(fused(convolution(net.sign(shifted))))
        .containsExactly("Binarize", "ThresholdConvolution", "BitMaxPool", "Convolution");
  }

  @Test
  void poolingByADescendingFunctionNeedsOneNegativeSign() {
    Value sums = convolution(net.sign(x));
    Value turned = net.node("Mul", pool(sums), net.scalar(-1));
    List<Instruction> instructions =
        Fusion.fuse(instructions(convolution(net.sign(turned))), List.of());
    assertThat(instructions)
        .filteredOn(Instruction.BitMaxPool.class::isInstance)
        .singleElement()
        .satisfies(each ->
            assertThat(((Instruction.BitMaxPool) each).anyNegative())
                .hasSize(CHANNELS)
                .containsOnly(true));
  }

  @Test
  void secondPoolingStopsTheChain() {
    Value sums = convolution(net.sign(x));
    assertThat(fused(convolution(net.sign(pool(pool(sums))))))
        .containsExactly(
            "Binarize", "Convolution", "MaxPool", "MaxPool", "Binarize", "Convolution");
  }

  @Test
  void affineFunctionsGoIntoTheConvolution() {
    Value sums = convolution(net.sign(x));
    Value scaled = net.node("Mul", sums, net.scalar(0.5f));
    Value rectified = net.node("Relu", net.node("Add", scaled, net.scalar(1)));
    assertThat(fused(rectified)).containsExactly("Binarize", "Convolution", "Channelwise");
  }

  @Test
  void secondReaderStopsFusion() {
    Value sums = convolution(net.sign(x));
    Value shifted = net.node("Add", sums, net.scalar(1));
    Value again = convolution(net.sign(shifted));
    assertThat(fused(net.node("Add", again, shifted)))
        .containsExactly("Binarize", "Convolution", "Binarize", "Convolution", "Add");
  }

  @Test
  void outputOfTheGraphStopsFusion() {
    Value sums = convolution(net.sign(x));
    Value shifted = net.node("Add", sums, net.scalar(1));
    Value last = convolution(net.sign(shifted));
    assertThat(names(Fusion.fuse(instructions(last), List.of(shifted, last))))
        .containsExactly("Binarize", "Convolution", "Binarize", "Convolution");
  }

  @Test
  void affineFunctionOfAFloatLayerGoesIntoTheSign() {
    Value floats = net.node("Sigmoid", x);
    Value shifted = net.node("Add", floats, net.scalar(-0.5f));
    assertThat(fused(convolution(net.sign(shifted)))).containsExactly("Binarize", "Convolution");
  }

  @Test
  void fusingAgainChangesNothing() {
    Value sums = convolution(net.sign(x));
    Value shifted = net.node("Relu", net.node("Add", pool(sums), net.scalar(-1)));
    Value last = convolution(net.sign(shifted));
    List<Instruction> once = Fusion.fuse(instructions(last), List.of(last));
    assertThat(Fusion.fuse(once, List.of(last))).isEqualTo(once);
  }

  private Value convolution(Value data) {
    return net.node(
        NodeBuilder.of("Conv")
            .inputs(data, net.binary(CHANNELS, CHANNELS, 3, 3))
            .ints("pads", 1, 1, 1, 1));
  }

  private Value pool(Value data) {
    return net.node(
        NodeBuilder.of("MaxPool").inputs(data).ints("kernel_shape", 2, 2).ints("strides", 2, 2));
  }

  private List<String> fused(Value output) {
    return names(Fusion.fuse(instructions(output), List.of(output)));
  }

  /// What recognition emits, without the subgraphs of ONNX Runtime.
  private List<Instruction> instructions(Value output) {
    Model model = net.model(output);
    ShapeInference.infer(model);
    Recognition recognition = Recognition.of(model);
    List<Instruction> instructions = new ArrayList<>();
    model
        .graph()
        .nodes()
        .forEach(node -> recognition.instruction(node).ifPresent(instructions::add));
    return instructions;
  }

  private static List<String> names(List<Instruction> instructions) {
    return instructions.stream().map(each -> each.getClass().getSimpleName()).toList();
  }
}
