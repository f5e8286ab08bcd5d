// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.program;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.Device;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.libtorch.NativeFloats;
import dev.quench.compress.train.program.ForwardPass.Mode;
import dev.quench.compress.train.quantize.CodebookTraining;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.OrderlyExit;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/// A graph compiled for libtorch: a sequence of operations on numbered slots.
///
/// Compiles only the nodes that the output depends on, and reads shapes and attributes once. Owns
/// its parameters and constants; close it. A process that is asked to end waits for that, and lets
/// no further run begin. Not thread-safe.
public final class Program implements AutoCloseable {
  /// @param trainingAlone whether evaluation skips it
  /// @param lastReadHere slots that no later step reads
  @SuppressWarnings("ArrayRecordComponent") // written once, never compared
  private record Step(Node node, Operation operation, boolean trainingAlone, int[] lastReadHere) {}

  private record Constant(int slot, Tensor tensor) {}

  private final Step[] steps;
  private final BitSet kept;
  private final int slotCount;
  private final int inputSlot;
  private final int[] outputSlots;
  private final int[] parameterSlots;
  private final List<Constant> constants;
  private final Parameters parameters;
  private final Model model;
  private final Value input;
  private final OrderlyExit.Work work;

  private Program(
      Model model,
      Value input,
      List<Value> outputs,
      List<Step> steps,
      Slots slots,
      List<Parameter> trained,
      Device device,
      OrderlyExit.Work work) {
    this.work = work;
    this.model = model;
    this.input = input;
    this.steps = steps.toArray(Step[]::new);
    this.inputSlot = slots.of(input);
    this.outputSlots = outputs.stream().mapToInt(slots::of).toArray();
    this.parameterSlots =
        trained.stream().mapToInt(parameter -> slots.of(parameter.value())).toArray();
    this.parameters = new Parameters(trained, device);
    this.constants = constants(slots, trained, device);
    this.slotCount = slots.count();
    this.kept = kept();
  }

  /// Compiles the first output of a model with one input, everything trained.
  ///
  /// @param logits whether to compile the input of a final softmax instead of its output
  public static Program compile(Model model, boolean logits) {
    return compile(model, ProgramOptions.PLAIN.withLogits(logits));
  }

  /// Compiles the first output and the taps of a model with one input.
  ///
  /// @param model edited: shapes are inferred, weights in `Constant` nodes become initializers, and
  ///   layers of words and codes take the form of [CodebookTraining]; [#parameters] writes back to
  ///   it
  /// @throws dev.quench.graph.UnsupportedOperatorException if the trainer does not support a node
  /// @throws ModelFormatException if the model has several inputs, no output, no value of a tap's
  ///   name, or an output with quantizers that is neither the first nor a tap
  /// @throws dev.quench.run.StoppedException if the process was asked to end
  public static Program compile(Model model, ProgramOptions options) {
    LibTorch.require();
    OrderlyExit.Work work = OrderlyExit.ofProcess().begin();
    try {
      return compile(model, options, work);
    } catch (RuntimeException | Error e) {
      work.close();
      throw e;
    }
  }

  private static Program compile(Model model, ProgramOptions options, OrderlyExit.Work work) {
    Graph graph = model.graph();
    CodebookTraining.begin(model);
    ShapeInference.infer(model);
    if (graph.requiredInputs().size() != 1 || graph.outputs().isEmpty()) {
      throw new ModelFormatException(
          "the trainer needs a model with one input and at least one output, got inputs %s and outputs %s"
              .formatted(graph.requiredInputs(), graph.outputs()));
    }
    List<Parameter> trained = ParameterSearch.of(graph, options.frozen());
    List<Value> outputs = new ArrayList<>();
    outputs.add(compiledForm(graph.outputs().getFirst(), options.logits()));
    options.taps().forEach(name -> outputs.add(tap(graph, name, options.logits())));
    Slots slots =
        new Slots(trained.stream().map(Parameter::value).collect(Collectors.toUnmodifiableSet()));
    outputs.forEach(slots::of);
    List<Step> steps = new ArrayList<>();
    for (Node node : graph.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(slots::contains) && !isConstant(node)) {
        int before = slots.count();
        Operation operation = OperationTable.compile(node, slots);
        // The last step comes first, so the step that first asks for a slot reads it last.
        int[] lastReadHere = IntStream.range(before, slots.count()).toArray();
        boolean trainingAlone = QuantizationNodes.feedsStatisticsAlone(node);
        steps.add(new Step(node, operation, trainingAlone, lastReadHere));
      }
    }
    requireAllQuantizers(graph, steps);
    List<Parameter> used =
        trained.stream().filter(parameter -> slots.contains(parameter.value())).toList();
    return new Program(
        model,
        graph.requiredInputs().getFirst(),
        outputs,
        steps.reversed(),
        slots,
        used,
        options.device(),
        work);
  }

  /// A quantizer that no pass reaches never learns its range.
  private static void requireAllQuantizers(Graph graph, List<Step> steps) {
    Set<Node> run = steps.stream().map(Step::node).collect(Collectors.toUnmodifiableSet());
    List<String> left =
        graph.outputs().stream()
            .filter(output -> !run.containsAll(QuantizationNodes.before(output)))
            .map(Value::name)
            .toList();
    if (!left.isEmpty()) {
      throw new ModelFormatException(
          "the outputs %s take no part in training, so their quantizers would see no batch; give each a weight in the loss (--output-weight NAME=W), or remove it"
              .formatted(left));
    }
  }

  private static Value tap(Graph graph, String name, boolean logits) {
    Value value =
        graph
            .value(name)
            .orElseThrow(() ->
                new ModelFormatException(
                    "the model has no tensor '%s'; quench inspect --nodes lists its tensors"
                        .formatted(name)));
    return value.isGraphOutput() ? compiledForm(value, logits) : value;
  }

  private static Value compiledForm(Value output, boolean logits) {
    return output
        .producer()
        .filter(node -> logits && (node.is("Softmax") || node.is("LogSoftmax")))
        .map(node -> node.input(0))
        .orElse(output);
  }

  private static boolean isConstant(Node node) {
    return node.output(0).constant().isPresent();
  }

  /// The model's input.
  public Value input() {
    return input;
  }

  public Parameters parameters() {
    return parameters;
  }

  /// Identifies what the model computes whatever the values of its [#parameters].
  public String structure() {
    Model structure = model.copy();
    for (Parameter parameter : parameters.all()) {
      Value value = structure.graph().value(parameter.value().name()).orElseThrow();
      Shape shape = value.initializer().orElseThrow().shape();
      float[] zeros = new float[Math.toIntExact(shape.elements())];
      structure.graph().setInitializer(value, dev.quench.tensor.Tensor.ofFloats(shape, zeros));
    }
    return ModelDigest.of(structure);
  }

  /// Runs all nodes and returns the model's first output. The result and all intermediate tensors
  /// belong to the caller's pointer scope.
  ///
  /// @param batch in any memory order
  /// @throws dev.quench.run.StoppedException if the process was asked to end
  public Tensor run(Tensor batch, boolean training, Compute compute) {
    return runAll(batch, training, compute)[0];
  }

  /// Runs the float network in evaluation mode, in FP32, for the observers of its quantizers.
  ///
  /// @param batch in any memory order
  public void calibrate(Tensor batch) {
    run(batch, new ForwardPass(slotCount, Mode.CALIBRATION, Compute.FP32, batch.size(0)));
  }

  /// As [#run], with the values of the taps after the first output.
  public Tensor[] runAll(Tensor batch, boolean training, Compute compute) {
    return run(
        batch,
        new ForwardPass(
            slotCount, training ? Mode.TRAINING : Mode.EVALUATION, compute, batch.size(0)));
  }

  private Tensor[] run(Tensor batch, ForwardPass pass) {
    work.stopIfAsked();
    boolean training = pass.isTraining();
    for (Constant constant : constants) {
      pass.set(constant.slot(), constant.tensor());
    }
    for (int i = 0; i < parameterSlots.length; i++) {
      pass.set(parameterSlots[i], parameters.view(i));
    }
    pass.set(inputSlot, batch);
    for (int i = 0; i < steps.length; i++) {
      if (training || !steps[i].trainingAlone()) {
        run(steps[i], pass);
      }
      if (!training) {
        pass.free(steps[i].lastReadHere(), kept);
      }
    }
    return Arrays.stream(outputSlots).mapToObj(pass::single).toArray(Tensor[]::new);
  }

  private static void run(Step step, ForwardPass pass) {
    try {
      step.operation().run(pass);
    } catch (RuntimeException e) {
      String message = String.valueOf(e.getMessage());
      throw new ModelFormatException(
          step.node().describe() + " failed: " + message.lines().findFirst().orElse(message), e);
    }
  }

  private static List<Constant> constants(Slots slots, List<Parameter> trained, Device device) {
    List<Value> values = trained.stream().map(Parameter::value).toList();
    List<Constant> constants = new ArrayList<>();
    slots.forEach((value, slot) -> {
      if (value.constant().isPresent() && !values.contains(value)) {
        constants.add(new Constant(slot, constant(value, device)));
      } else if (value.producer().isEmpty()
          && value.constant().isEmpty()
          && !value.isGraphInput()) {
        throw new ModelFormatException(
            "value " + value + " is neither computed nor a dense constant of this graph");
      }
    });
    return constants;
  }

  private static Tensor constant(Value value, Device device) {
    dev.quench.tensor.Tensor tensor = value.constant().orElseThrow();
    if (tensor.dataType() == DataType.STRING) {
      throw new ModelFormatException("constant " + value + " is a STRING tensor, expected numbers");
    }
    float[] floats = tensor.toFloats();
    Tensor flat = NativeFloats.zeros(floats.length, device);
    NativeFloats.copy(floats, flat);
    return flat.view(tensor.shape().sizes()).retainReference();
  }

  /// Slots of parameters, constants, input and outputs.
  private BitSet kept() {
    BitSet kept = new BitSet();
    kept.set(inputSlot);
    Arrays.stream(outputSlots).forEach(kept::set);
    constants.forEach(constant -> kept.set(constant.slot()));
    Arrays.stream(parameterSlots).forEach(kept::set);
    return kept;
  }

  @Override
  public void close() {
    parameters.close();
    constants.forEach(constant -> constant.tensor().close());
    work.close();
  }
}
