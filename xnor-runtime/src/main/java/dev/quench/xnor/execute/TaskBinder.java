// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.graph.Value;
import dev.quench.run.BackendException;
import dev.quench.xnor.kernel.BinaryConvolution;
import dev.quench.xnor.kernel.BitMaxPool;
import dev.quench.xnor.kernel.ChannelShuffle;
import dev.quench.xnor.kernel.FloatMaxPool;
import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.kernel.LayoutConversion;
import dev.quench.xnor.kernel.NhwcFunction;
import dev.quench.xnor.kernel.lookup.LookupConvolution;
import dev.quench.xnor.plan.ShapedProgram;
import dev.quench.xnor.recognize.Instruction;

/// Binds instructions to the buffers of a workspace, in the order in which they run.
final class TaskBinder {
  private final Kernel kernel = Kernels.chosen();
  private final ShapedProgram program;
  private final Workspace workspace;
  private final GraphTensors tensors;

  TaskBinder(ShapedProgram program, Workspace workspace, GraphTensors tensors) {
    this.program = program;
    this.workspace = workspace;
    this.tensors = tensors;
  }

  /// Binds a task that packs a value as soon as ONNX Runtime delivers it.
  ///
  /// @param threads the maximum number that share the work
  TensorConsumer binarizeNchw(Instruction.Binarize binarize, int threads) {
    BitBuffer out = workspace.newBits(binarize.output());
    return new BinarizeNchwTask(kernel, binarize.input().name(), binarize.function(), out, threads);
  }

  ParallelTask binarizeNhwc(Instruction.Binarize binarize) {
    NhwcBuffer in = floats(binarize.input());
    return new BinarizeNhwcTask(
        kernel, binarize.input().name(), in, workspace.newBits(binarize.output()));
  }

  ParallelTask thresholdConvolution(Instruction.ThresholdConvolution convolution) {
    BinaryConvolution packed = program.convolution(convolution);
    BitBuffer in = workspace.bits(convolution.input());
    BitBuffer out = workspace.newBits(convolution.output());
    return ConvolutionTask.toBits(kernel, packed, runs(in, packed, out.pixels()), in, out);
  }

  ParallelTask convolution(Instruction.Convolution convolution) {
    BinaryConvolution packed = program.convolution(convolution);
    BitBuffer in = workspace.bits(convolution.input());
    NhwcBuffer out = workspace.newFloats(convolution.output());
    return ConvolutionTask.toFloats(kernel, packed, runs(in, packed, out.pixels()), in, out);
  }

  /// One run for all images when they are stacked, else one per image.
  private static int runs(BitBuffer in, BinaryConvolution packed, int pixels) {
    return packed.outPixels() == pixels ? in.images() : 1;
  }

  ParallelTask bitMaxPool(Instruction.BitMaxPool pool) {
    BitBuffer in = workspace.bits(pool.input());
    boolean[] any = new boolean[in.channels()];
    for (int channel = 0; channel < any.length; channel++) {
      any[channel] = pool.anyNegative().get(channel);
    }
    BitMaxPool kernel = new BitMaxPool(program.geometry(pool.input(), pool.window()), any);
    return new BitMaxPoolTask(kernel, in, workspace.newBits(pool.output()));
  }

  ParallelTask channelShuffle(Instruction.ChannelShuffle shuffle) {
    BitBuffer in = workspace.bits(shuffle.input());
    ChannelShuffle order = new ChannelShuffle(in.channels(), shuffle.groups());
    return new ChannelShuffleTask(order, in, workspace.newBits(shuffle.output()));
  }

  ParallelTask channelwise(Instruction.Channelwise channelwise) {
    NhwcBuffer in = floats(channelwise.input());
    NhwcFunction function = new NhwcFunction(channelwise.function());
    return new ChannelwiseTask(kernel, function, in, workspace.newFloats(channelwise.output()));
  }

  ParallelTask maxPool(Instruction.MaxPool pool) {
    NhwcBuffer in = floats(pool.input());
    FloatMaxPool windows =
        new FloatMaxPool(program.geometry(pool.input(), pool.window()), in.channels());
    return new MaxPoolTask(kernel, windows, in, workspace.newFloats(pool.output()));
  }

  /// @param threads the maximum number that share the work
  ParallelTask lookup(Instruction.Lookup lookup, int threads) {
    NchwBuffer in = images(lookup.input());
    NchwBuffer out = workspace.newImages(lookup.output());
    LookupConvolution layer =
        new LookupConvolution(
            lookup.weights(),
            lookup.bias(),
            lookup.function(),
            program.geometry(lookup.input(), lookup.window()),
            in.images() < threads ? threads : 1);
    return new LookupTask(layer, in, out, threads);
  }

  /// @throws BackendException if the operands differ in shape: the model names their free
  ///   dimensions alike, but the caller's inputs can disagree with those names
  ParallelTask add(Instruction.Add add) {
    Value left = add.left();
    Value right = add.right();
    if (!program.shape(left).equals(program.shape(right))) {
      throw new BackendException(
          "xnor: cannot add '%s' %s and '%s' %s: the model declares their shapes equal; feed inputs whose shapes agree"
              .formatted(left.name(), program.shape(left), right.name(), program.shape(right)));
    }
    return new AddTask(kernel, floats(left), floats(right), workspace.newFloats(add.output()));
  }

  /// The NHWC buffer of a value; if ONNX Runtime computes the value, the buffer receives a copy.
  private NhwcBuffer floats(Value value) {
    NhwcBuffer known = workspace.floats(value);
    if (known != null) {
      return known;
    }
    NhwcBuffer buffer = workspace.newFloats(value);
    tensors.addConsumer(
        value,
        (tensor, _) -> {
          for (int image = 0; image < buffer.images(); image++) {
            LayoutConversion.nchwToNhwc(
                tensor.bytes(),
                image,
                buffer.channels(),
                buffer.pixels(),
                buffer.floats(),
                image * buffer.imageFloats());
          }
        });
    return buffer;
  }

  /// The buffer of a value of images; if ONNX Runtime computes the value, it receives a copy.
  private NchwBuffer images(Value value) {
    NchwBuffer known = workspace.images(value);
    if (known != null) {
      return known;
    }
    NchwBuffer buffer = workspace.newImages(value);
    tensors.addConsumer(value, (tensor, _) -> buffer.read(tensor.bytes()));
    return buffer;
  }
}
