// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.execute;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.plan.ShapedProgram;
import dev.quench.xnor.recognize.Instruction;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/// Runs the instructions of a [ShapedProgram] in a workspace, to which it binds them once. Serves
/// one run at a time. It stays usable after a failed run, because every task overwrites its whole
/// output.
public final class Executor implements AutoCloseable {
  private final Model model;
  private final ShapedProgram program;
  private final Workspace workspace;
  private final GraphTensors tensors = new GraphTensors();

  /// Values that instructions compute; ONNX Runtime computes the others.
  private final Set<Value> computed = Collections.newSetFromMap(new IdentityHashMap<>());

  /// The bound instructions, in order.
  private final List<Consumer<ThreadPool>> schedule = new ArrayList<>();

  private final Map<String, Tensor> results = new LinkedHashMap<>();

  /// @param threads the maximum number that share the work of a run
  Executor(ShapedProgram program, int threads) {
    this.model = program.program().model();
    this.program = program;
    this.workspace = new Workspace(program);
    try {
      TaskBinder binder = new TaskBinder(program, workspace, tensors);
      for (Instruction instruction : program.program().instructions()) {
        bind(instruction, binder, threads);
      }
      model.graph().outputs().forEach(this::bindOutput);
    } catch (RuntimeException e) {
      workspace.close();
      throw e;
    }
  }

  /// Runs the program.
  ///
  /// @param pool with at most as many threads as the constructor received
  /// @return the outputs in graph order, owned by the caller
  public Map<String, Tensor> run(Map<String, Tensor> inputs, ThreadPool pool) {
    for (Value input : model.graph().requiredInputs()) {
      Tensor tensor = Objects.requireNonNull(inputs.get(input.name()));
      tensors.put(input, tensor);
      tensors.handOver(input, tensor, pool);
    }
    for (Consumer<ThreadPool> each : schedule) {
      each.accept(pool);
    }
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    for (Value output : model.graph().outputs()) {
      ordered.put(output.name(), Objects.requireNonNull(results.get(output.name())));
    }
    results.clear();
    return ordered;
  }

  @Override
  public void close() {
    workspace.close();
  }

  private void bind(Instruction instruction, TaskBinder binder, int threads) {
    switch (instruction) {
      case Instruction.Subgraph subgraph -> addSubgraph(subgraph);
      case Instruction.Flatten(Value input, Value output) -> workspace.shareBits(input, output);
      case Instruction.Binarize binarize when !computed.contains(binarize.input()) ->
          tensors.addConsumer(binarize.input(), binder.binarizeNchw(binarize, threads));
      case Instruction.Binarize binarize -> addTask(binder.binarizeNhwc(binarize));
      case Instruction.ThresholdConvolution convolution ->
          addTask(binder.thresholdConvolution(convolution));
      case Instruction.Convolution convolution -> addTask(binder.convolution(convolution));
      case Instruction.BitMaxPool pool -> addTask(binder.bitMaxPool(pool));
      case Instruction.ChannelShuffle shuffle -> addTask(binder.channelShuffle(shuffle));
      case Instruction.Channelwise channelwise -> addTask(binder.channelwise(channelwise));
      case Instruction.MaxPool pool -> addTask(binder.maxPool(pool));
      case Instruction.Add add -> addTask(binder.add(add));
      case Instruction.Lookup lookup -> addTask(binder.lookup(lookup, threads));
    }
    if (!(instruction instanceof Instruction.Subgraph)) {
      computed.addAll(instruction.outputs());
    }
  }

  private void addTask(ParallelTask task) {
    schedule.add(pool -> pool.run(task));
  }

  private void addSubgraph(Instruction.Subgraph subgraph) {
    Map<String, Value> outputs = new LinkedHashMap<>();
    for (Value output : subgraph.outputs()) {
      outputs.put(output.name(), output);
    }
    for (Value input : subgraph.inputs()) {
      if (computed.contains(input)) {
        addLayout(input);
      } else if (!input.isGraphInput()) {
        tensors.keep(input);
      }
    }
    Map<String, Tensor> fed = new LinkedHashMap<>();
    schedule.add(pool -> {
      for (Value input : subgraph.inputs()) {
        fed.put(input.name(), tensors.get(input));
      }
      subgraph
          .session()
          .observe(
              fed,
              (name, tensor) ->
                  tensors.handOver(Objects.requireNonNull(outputs.get(name)), tensor, pool));
    });
  }

  /// Converts a value that an instruction computed to NCHW, for ONNX Runtime to read.
  private void addLayout(Value value) {
    if (!tensors.contains(value)) {
      MemorySegment memory = workspace.newNchw(value);
      tensors.put(value, Tensor.of(DataType.FLOAT, program.shape(value), memory));
      schedule.add(_ -> workspace.toNchw(value, memory));
    }
  }

  private void bindOutput(Value output) {
    String name = output.name();
    if (computed.contains(output)) {
      Shape shape = program.shape(output);
      schedule.add(_ -> {
        MemorySegment memory =
            MemorySegment.ofArray(new byte[Math.toIntExact(shape.elements() * 4)]);
        workspace.toNchw(output, memory);
        results.put(name, Tensor.of(DataType.FLOAT, shape, memory));
      });
    } else if (output.initializer().isPresent() && !output.isGraphInput()) {
      Tensor constant = output.initializer().get();
      schedule.add(_ -> results.put(name, constant));
    } else {
      tensors.addConsumer(output, (tensor, _) -> results.put(name, GraphTensors.copy(tensor)));
    }
  }
}
