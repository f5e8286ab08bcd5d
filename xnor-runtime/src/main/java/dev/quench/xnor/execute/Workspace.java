// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.graph.Value;
import dev.quench.xnor.kernel.LayoutConversion;
import dev.quench.xnor.plan.ActivationShape;
import dev.quench.xnor.plan.ShapedProgram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The memory of one run: a buffer for each value that an instruction computes. Allocated once and
/// reused by later runs.
final class Workspace implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  private final ShapedProgram program;
  private final Arena arena = Arena.ofShared();
  private final IdentityHashMap<Value, BitBuffer> bits = new IdentityHashMap<>();
  private final IdentityHashMap<Value, NhwcBuffer> floats = new IdentityHashMap<>();
  private final IdentityHashMap<Value, NchwBuffer> images = new IdentityHashMap<>();

  Workspace(ShapedProgram program) {
    this.program = program;
  }

  BitBuffer newBits(Value value) {
    ActivationShape shape = program.activation(value);
    BitBuffer buffer = new BitBuffer(shape.images(), shape.channels(), shape.pixels());
    bits.put(value, buffer);
    return buffer;
  }

  NhwcBuffer newFloats(Value value) {
    ActivationShape shape = program.activation(value);
    NhwcBuffer buffer = new NhwcBuffer(shape.images(), shape.channels(), shape.pixels());
    floats.put(value, buffer);
    return buffer;
  }

  NchwBuffer newImages(Value value) {
    ActivationShape shape = program.activation(value);
    NchwBuffer buffer =
        new NchwBuffer(shape.images(), Math.multiplyExact(shape.channels(), shape.pixels()));
    images.put(value, buffer);
    return buffer;
  }

  @Nullable NchwBuffer images(Value value) {
    return images.get(value);
  }

  /// Makes a flattened value share the bits of its source.
  void shareBits(Value source, Value flattened) {
    bits.put(flattened, bits(source));
  }

  BitBuffer bits(Value value) {
    return Objects.requireNonNull(bits.get(value));
  }

  @Nullable NhwcBuffer floats(Value value) {
    return floats.get(value);
  }

  /// Allocates native memory for a value in the graph's layout, for ONNX Runtime to read.
  MemorySegment newNchw(Value value) {
    long elements = program.shape(value).elements();
    return arena.allocate(Math.max(1, elements) * 4, ALIGNMENT).asSlice(0, elements * 4);
  }

  /// Converts a value that an instruction computed to the graph's layout.
  void toNchw(Value value, MemorySegment memory) {
    NchwBuffer known = images.get(value);
    if (known != null) {
      known.write(memory);
      return;
    }
    BitBuffer signs = bits.get(value);
    if (signs != null) {
      for (int image = 0; image < signs.images(); image++) {
        LayoutConversion.bitsToNchw(
            signs.words(), signs.start(image), signs.channels(), signs.pixels(), memory, image);
      }
      return;
    }
    NhwcBuffer reals = Objects.requireNonNull(floats.get(value));
    for (int image = 0; image < reals.images(); image++) {
      LayoutConversion.nhwcToNchw(
          reals.floats(),
          image * reals.imageFloats(),
          reals.channels(),
          reals.pixels(),
          memory,
          image);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
