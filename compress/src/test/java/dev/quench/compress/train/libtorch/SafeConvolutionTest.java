// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.libtorch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Values and gradients against libtorch's convolution in double, which oneDNN takes no part in.
class SafeConvolutionTest {
  private static final int SHAPES = Integer.getInteger("tests.shapes", 40);
  private static final long MOST_VALUES = 400_000;
  private static final long MOST_PRODUCTS = 30_000_000;
  private static final int[] CHANNELS = {
    1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 20, 24, 31, 32, 33, 48, 64, 80, 96, 100, 112, 128
  };

  @BeforeAll
  static void load() {
    LibTorch.require();
    LibTorch.setThreads(2);
  }

  /// @param size of the image, square
  /// @param gradient whether the input takes a gradient
  private record Shape(
      ScalarType type,
      long samples,
      long inputs,
      long outputs,
      long taps,
      long stride,
      long pad,
      long dilation,
      long groups,
      long size,
      boolean channelsLast,
      boolean gradient,
      boolean transposed) {
    boolean isPossible() {
      return size + 2 * pad >= dilation * (taps - 1) + 1
          && samples * size * size * Math.max(inputs, outputs) <= MOST_VALUES
          && samples * size * size * inputs * outputs / groups * taps * taps <= MOST_PRODUCTS;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ScalarType.class,
      names = {"Float", "BFloat16"})
  void computesLayersOfPublishedNetworks(ScalarType type) {
    assertThat(
            wrong(
                List.of(
                    layer(type, 1, 96, 5, 1, 1),
                    layer(type, 96, 80, 1, 1, 1),
                    layer(type, 80, 48, 1, 1, 1),
                    layer(type, 96, 10, 1, 1, 1),
                    layer(type, 3, 16, 1, 2, 1),
                    layer(type, 3, 12, 1, 2, 3),
                    layer(type, 16, 32, 1, 2, 1),
                    layer(type, 64, 128, 3, 1, 16),
                    layer(type, 64, 64, 3, 2, 64),
                    layer(type, 37, 53, 3, 1, 1))))
        .isEmpty();
  }

  private static Shape layer(
      ScalarType type, long inputs, long outputs, long taps, long stride, long groups) {
    return new Shape(
        type, 8, inputs, outputs, taps, stride, taps / 2, 1, groups, 14, true, inputs > 1, false);
  }

  @ParameterizedTest
  @EnumSource(
      value = ScalarType.class,
      names = {"Float", "BFloat16"})
  void computesRandomShapes(ScalarType type) {
    SplittableRandom random = new SplittableRandom(Long.getLong("tests.seed", 1));
    List<Shape> shapes = new ArrayList<>();
    while (shapes.size() < SHAPES) {
      Shape shape = shape(type, random);
      if (shape.isPossible()) {
        shapes.add(shape);
      }
    }

    assertThat(wrong(shapes)).isEmpty();
  }

  private static Shape shape(ScalarType type, SplittableRandom random) {
    long taps = one(random, 1, 1, 2, 3, 3, 5);
    long groups = 1;
    long inputs = one(random, CHANNELS);
    long outputs = one(random, CHANNELS);
    int kind = random.nextInt(8);
    if (kind == 0) {
      groups = inputs;
      outputs = inputs * one(random, 1, 1, 2, 3);
    } else if (kind < 3) {
      groups = one(random, 2, 4, 8, 16);
      inputs = groups * one(random, 1, 2, 3, 4, 8, 12, 16);
      outputs = groups * one(random, 1, 2, 3, 4, 8, 12, 16);
    }
    return new Shape(
        type,
        one(random, 1, 2, 3, 5, 8, 16),
        inputs,
        outputs,
        taps,
        one(random, 1, 1, 2),
        one(random, 0, (int) taps / 2, (int) taps / 2),
        one(random, 1, 1, 1, 2),
        groups,
        one(random, 5, 7, 8, 11, 14, 16, 28),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(12) == 0);
  }

  private static long one(SplittableRandom random, int... values) {
    return values[random.nextInt(values.length)];
  }

  private static List<String> wrong(List<Shape> shapes) {
    List<String> wrong = new ArrayList<>();
    for (Shape shape : shapes) {
      try (PointerScope _ = new PointerScope()) {
        String errors = errors(shape);
        if (!errors.isEmpty()) {
          wrong.add(shape + ": " + errors);
        }
      }
    }
    return wrong;
  }

  private static String errors(Shape shape) {
    torch.manual_seed(1);
    long side = shape.size();
    Tensor x = torch.randn(shape.samples(), shape.inputs(), side, side).to(shape.type());
    long[] sizes = {shape.outputs(), shape.inputs() / shape.groups(), shape.taps(), shape.taps()};
    if (shape.transposed()) {
      sizes[0] = shape.inputs();
      sizes[1] = shape.outputs() / shape.groups();
    }
    Tensor kernel = torch.randn(sizes).to(shape.type());
    Tensor bias = torch.randn(shape.outputs()).to(shape.type());
    long[] strides = {shape.stride(), shape.stride()};
    long[] pads = {shape.pad(), shape.pad()};
    long[] dilations = {shape.dilation(), shape.dilation()};
    Tensor[] exact = {leaf(x, true), leaf(kernel, true), leaf(bias, true)};
    Tensor expected =
        torch.convolution(
            exact[0],
            exact[1],
            new TensorOptional(exact[2]),
            strides,
            pads,
            dilations,
            shape.transposed(),
            new long[2],
            shape.groups());
    Tensor input = shape.channelsLast() ? x.contiguous(MemoryFormat.ChannelsLast) : x;
    input = input.detach().set_requires_grad(shape.gradient());
    Tensor weights = kernel.detach().set_requires_grad(true);
    Tensor addend = bias.detach().set_requires_grad(true);
    Tensor got =
        new SafeConvolution(strides, pads, dilations, shape.groups(), shape.transposed())
            .of(input, weights, addend);
    Tensor gradient = torch.randn(sizes(got)).to(shape.type());
    expected.backward(
        gradient.to(ScalarType.Double), new BoolOptional(), false, new TensorArrayRefOptional());
    got.backward(
        gradient.to(got.scalar_type()), new BoolOptional(), false, new TensorArrayRefOptional());
    double tolerance = shape.type() == ScalarType.Float ? 1e-4 : 0.02;
    StringBuilder errors = new StringBuilder();
    describe(errors, "values", got, expected, tolerance);
    describe(errors, "weights", weights.grad(), exact[1].grad(), tolerance);
    describe(errors, "bias", addend.grad(), exact[2].grad(), tolerance);
    if (shape.gradient()) {
      describe(errors, "input", input.grad(), exact[0].grad(), tolerance);
    }
    return errors.toString();
  }

  private static Tensor leaf(Tensor tensor, boolean gradient) {
    return tensor.to(ScalarType.Double).contiguous().detach().set_requires_grad(gradient);
  }

  private static long[] sizes(Tensor tensor) {
    return new long[] {tensor.size(0), tensor.size(1), tensor.size(2), tensor.size(3)};
  }

  private static void describe(
      StringBuilder errors, String what, Tensor got, Tensor expected, double tolerance) {
    Tensor right = expected.detach();
    double largest = Math.max(right.abs().max().item_double(), 1e-9);
    double error =
        got.detach().to(ScalarType.Double).sub(right).abs().max().item_double() / largest;
    if (!(error <= tolerance)) {
      errors.append(what).append(" off by ").append((float) error).append(' ');
    }
  }

  @Test
  void addsNoChannelsToWholeBlocks() {
    for (long whole : new long[] {16, 32, 48, 64, 96, 128, 144, 192, 256}) {
      assertThat(SafeConvolution.wholeBlocks(whole)).isEqualTo(whole);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 10, 17, 80, 100, 112, 176, 1000})
  void addsChannelsUpToTheNextWholeBlock(long channels) {
    assertThat(SafeConvolution.wholeBlocks(channels))
        .isGreaterThan(channels)
        .isLessThan(channels + 32)
        .matches(whole -> whole == 16 || whole % 32 == 0 || whole % 48 == 0);
  }
}
