// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.plan;

import dev.quench.graph.Value;
import dev.quench.run.BackendException;
import dev.quench.run.Session;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.execute.ApplyStep;
import dev.quench.xnor.execute.BitBuffer;
import dev.quench.xnor.execute.LayerStep;
import dev.quench.xnor.execute.PackPlanesStep;
import dev.quench.xnor.execute.PackRowsStep;
import dev.quench.xnor.execute.PlaneSink;
import dev.quench.xnor.execute.PoolBitsStep;
import dev.quench.xnor.execute.PoolRowsStep;
import dev.quench.xnor.execute.RowBuffer;
import dev.quench.xnor.execute.ShuffleBitsStep;
import dev.quench.xnor.execute.Step;
import dev.quench.xnor.execute.SumStep;
import dev.quench.xnor.kernel.BinaryLayer;
import dev.quench.xnor.kernel.BitPool;
import dev.quench.xnor.kernel.ChannelShuffle;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.kernel.Layouts;
import dev.quench.xnor.kernel.RealPool;
import dev.quench.xnor.kernel.RowFunction;
import dev.quench.xnor.kernel.Team;
import dev.quench.xnor.recognize.Operation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The memory of one run and its steps, bound to that memory once and used again from run to run.
/// For one run at a time.
public final class Frame implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  /// Something the frame does in its turn.
  private interface Action {
    void run(Team team);
  }

  private final ShapedProgram shaped;
  private final Program program;
  private final Kernel kernel = Kernels.chosen();
  private final int largestTeam;
  private final Arena arena = Arena.ofShared();
  private final IdentityHashMap<Value, BitBuffer> bits = new IdentityHashMap<>();
  private final IdentityHashMap<Value, RowBuffer> rows = new IdentityHashMap<>();

  /// What ONNX Runtime reads and wrote, and the inputs, for the run under way.
  private final IdentityHashMap<Value, Tensor> planes = new IdentityHashMap<>();

  /// What becomes of a tensor as soon as it is there.
  private final IdentityHashMap<Value, List<PlaneSink>> sinks = new IdentityHashMap<>();

  private final Set<Value> kept = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Action> actions = new ArrayList<>();
  private final Map<String, Tensor> results = new LinkedHashMap<>();

  private Frame(ShapedProgram shaped, int largestTeam) {
    this.shaped = shaped;
    this.program = shaped.program();
    this.largestTeam = largestTeam;
  }

  static Frame of(ShapedProgram shaped, int largestTeam) {
    Frame frame = new Frame(shaped, largestTeam);
    try {
      frame.program.operations().forEach(frame::bind);
      for (Value output : frame.program.model().graph().outputs()) {
        frame.bindOutput(output);
      }
      return frame;
    } catch (RuntimeException e) {
      frame.close();
      throw e;
    }
  }

  /// Runs the program.
  ///
  /// @return the outputs in graph order, owned by the caller
  public Map<String, Tensor> run(Map<String, Tensor> inputs, Team team) {
    for (Value input : program.model().graph().requiredInputs()) {
      offer(input, Objects.requireNonNull(inputs.get(input.name())), team);
    }
    for (Action action : actions) {
      action.run(team);
    }
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    for (Value output : program.model().graph().outputs()) {
      ordered.put(output.name(), Objects.requireNonNull(results.get(output.name())));
    }
    results.clear();
    return ordered;
  }

  @Override
  public void close() {
    arena.close();
  }

  private void offer(Value value, Tensor tensor, Team team) {
    planes.put(value, tensor);
    List<PlaneSink> receivers = sinks.get(value);
    if (receivers != null) {
      for (PlaneSink sink : receivers) {
        sink.accept(tensor, team);
      }
    }
  }

  private void addSink(Value value, PlaneSink sink) {
    sinks.computeIfAbsent(value, _ -> new ArrayList<>()).add(sink);
  }

  private void addStep(Step step) {
    actions.add(step.isLarge() ? team -> team.run(step) : _ -> step.run(0, 1));
  }

  // ---- binding operations to memory ----

  private void bind(Operation operation) {
    switch (operation) {
      case Operation.Region region -> bindRegion(region);
      case Operation.PackPlanes(Value from, var affine, Value to) ->
          addSink(from, new PackPlanesStep(kernel, from.name(), affine, newBits(to), largestTeam));
      case Operation.PackRows(Value from, Value to) ->
          addStep(new PackRowsStep(kernel, from.name(), rowsOf(from), newBits(to)));
      case Operation.BitLayer layer -> bindBitLayer(layer);
      case Operation.RowLayer layer -> {
        BinaryLayer binary = shaped.layer(layer);
        RowBuffer out = newRows(layer.to());
        BitBuffer in = bitsOf(layer.from());
        addStep(LayerStep.toRows(kernel, binary, runs(in, binary, out.pixels()), in, out));
      }
      case Operation.PoolBits(Value from, Operation.Pooling pooling, Value to) -> {
        BitBuffer in = bitsOf(from);
        bindPool(in, shaped.geometry(from, pooling.window()), pooling, to);
      }
      case Operation.ShuffleBits(Value from, int groups, Value to) -> {
        BitBuffer in = bitsOf(from);
        addStep(new ShuffleBitsStep(new ChannelShuffle(in.channels(), groups), in, newBits(to)));
      }
      case Operation.PoolRows(Value from, var window, Value to) -> {
        RowBuffer in = rowsOf(from);
        RealPool pool = new RealPool(shaped.geometry(from, window), in.channels());
        addStep(new PoolRowsStep(kernel, pool, in, newRows(to)));
      }
      case Operation.Apply(Value from, var function, Value to) ->
          addStep(new ApplyStep(kernel, new RowFunction(function), rowsOf(from), newRows(to)));
      case Operation.Sum(Value left, Value right, Value to) -> {
        requireOneShape(left, right);
        RowBuffer first = rowsOf(left);
        RowBuffer second = rowsOf(right);
        addStep(new SumStep(kernel, first, second, newRows(to)));
      }
    }
  }

  /// Names of free dimensions said so, which a caller may contradict.
  private void requireOneShape(Value left, Value right) {
    if (!shaped.shape(left).equals(shaped.shape(right))) {
      throw new BackendException(
          "xnor: the sum of '%s' %s and '%s' %s is declared as one of equal shapes; feed inputs that agree"
              .formatted(left.name(), shaped.shape(left), right.name(), shaped.shape(right)));
    }
  }

  private void bindBitLayer(Operation.BitLayer layer) {
    BinaryLayer binary = shaped.layer(layer);
    BitBuffer in = bitsOf(layer.from());
    Operation.Pooling pooling = layer.pooling();
    if (pooling == null) {
      BitBuffer out = newBits(layer.to());
      addStep(LayerStep.toBits(kernel, binary, runs(in, binary, out.pixels()), in, out));
      return;
    }
    Geometry before = shaped.geometry(layer.from(), layer.window());
    int channels = layer.weights().outChannels();
    BitBuffer unpooled = new BitBuffer(in.images(), channels, before.outPixels());
    addStep(LayerStep.toBits(kernel, binary, runs(in, binary, unpooled.pixels()), in, unpooled));
    Geometry geometry = pooling.window().over(before.outHeight(), before.outWidth());
    bindPool(unpooled, geometry, pooling, layer.to());
  }

  private void bindPool(BitBuffer in, Geometry geometry, Operation.Pooling pooling, Value to) {
    boolean[] any = new boolean[in.channels()];
    for (int channel = 0; channel < any.length; channel++) {
      any[channel] = pooling.any().get(channel);
    }
    addStep(new PoolBitsStep(new BitPool(geometry, any), in, newBits(to)));
  }

  /// Once for all images when they are stacked, else once for each.
  private static int runs(BitBuffer in, BinaryLayer layer, int pixels) {
    return layer.outPixels() == pixels ? in.images() : 1;
  }

  private void bindRegion(Operation.Region region) {
    Map<String, Value> outputs = new LinkedHashMap<>();
    for (Value output : region.outputs()) {
      outputs.put(output.name(), output);
    }
    for (Value input : region.inputs()) {
      if (program.isOutsideOnnxRuntime(input)) {
        bindPlanes(input);
      } else if (!input.isGraphInput() && kept.add(input)) {
        addSink(input, new KeepSink(input));
      }
    }
    Session session = region.session();
    Map<String, Tensor> fed = new LinkedHashMap<>();
    actions.add(team -> {
      for (Value input : region.inputs()) {
        fed.put(input.name(), Objects.requireNonNull(planes.get(input)));
      }
      session.observe(
          fed, (name, tensor) -> offer(Objects.requireNonNull(outputs.get(name)), tensor, team));
    });
  }

  /// Lays out a value that was computed here for ONNX Runtime.
  private void bindPlanes(Value value) {
    if (planes.containsKey(value)) {
      return;
    }
    Shape shape = shaped.shape(value);
    MemorySegment memory = arena.allocate(Math.max(1, shape.elements()) * 4, ALIGNMENT);
    MemorySegment exact = memory.asSlice(0, shape.elements() * 4);
    planes.put(value, Tensor.of(DataType.FLOAT, shape, exact));
    actions.add(_ -> layOut(value, exact));
  }

  private void layOut(Value value, MemorySegment memory) {
    if (program.analysis().isBits(value)) {
      BitBuffer from = bitsOf(value);
      for (int image = 0; image < from.images(); image++) {
        Layouts.bitsToPlanes(
            from.words(), from.start(image), from.channels(), from.pixels(), memory, image);
      }
    } else {
      RowBuffer from = rowsOf(value);
      for (int image = 0; image < from.images(); image++) {
        Layouts.rowsToPlanes(
            from.floats(),
            image * from.imageFloats(),
            from.channels(),
            from.pixels(),
            memory,
            image);
      }
    }
  }

  private void bindOutput(Value output) {
    String name = output.name();
    if (program.isOutsideOnnxRuntime(output)) {
      Shape shape = shaped.shape(output);
      actions.add(_ -> {
        MemorySegment memory =
            MemorySegment.ofArray(new byte[Math.toIntExact(shape.elements() * 4)]);
        layOut(output, memory);
        results.put(name, Tensor.of(DataType.FLOAT, shape, memory));
      });
    } else if (output.initializer().isPresent() && !output.isGraphInput()) {
      Tensor constant = output.initializer().get();
      actions.add(_ -> results.put(name, constant));
    } else {
      addSink(output, (tensor, _) -> results.put(name, copy(tensor)));
    }
  }

  // ---- memory ----

  private BitBuffer newBits(Value value) {
    BitBuffer buffer =
        new BitBuffer(
            shaped.images(value), program.analysis().channels(value), shaped.pixels(value));
    bits.put(value, buffer);
    return buffer;
  }

  private RowBuffer newRows(Value value) {
    RowBuffer buffer =
        new RowBuffer(
            shaped.images(value), program.analysis().channels(value), shaped.pixels(value));
    rows.put(value, buffer);
    return buffer;
  }

  private BitBuffer bitsOf(Value value) {
    return Objects.requireNonNull(bits.get(program.unflattened(value)));
  }

  /// Of a value that ONNX Runtime computes, a copy in rows.
  private RowBuffer rowsOf(Value value) {
    RowBuffer known = rows.get(value);
    if (known != null) {
      return known;
    }
    RowBuffer buffer = newRows(value);
    addSink(
        value,
        (tensor, _) -> {
          for (int image = 0; image < buffer.images(); image++) {
            Layouts.planesToRows(
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

  private static Tensor copy(Tensor tensor) {
    if (tensor.dataType() == DataType.STRING) {
      return tensor;
    }
    MemorySegment memory = MemorySegment.ofArray(new byte[Math.toIntExact(tensor.byteSize())]);
    return Tensor.of(tensor.dataType(), tensor.shape(), memory.copyFrom(tensor.bytes()));
  }

  /// Keeps what one region computed for a later one, whose memory goes before that.
  private final class KeepSink implements PlaneSink {
    private final Value value;

    KeepSink(Value value) {
      this.value = value;
    }

    @Override
    public void accept(Tensor tensor, Team team) {
      planes.put(value, copy(tensor));
    }
  }
}
