// SPDX-License-Identifier: Apache-2.0
package dev.quench.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.run.ActivationTap;
import dev.quench.run.BackendException;
import dev.quench.run.InputCheck;
import dev.quench.run.Session;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// One `OrtSession`. Safe for several threads; closing waits for the runs under way.
///
/// The observing thread calls the tap, while no other run writes the memory of its activations. To
/// overlap the tap's work with inference, let several threads observe different samples in a
/// session with one thread per inference. Small batches are fastest: tapped tensors are converted
/// from the blocked layout of convolutions to NCHW, which is cheap while they fit the cache.
final class OnnxRuntimeSession implements Session {
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final InputCheck inputs;
  private final Optional<FedShapes> shapes;
  private final List<TensorSpec> outputs;
  private final Set<String> outputNames;

  /// Tapped tensors that a run computes.
  private final List<TensorSpec> computedTaps;

  private final Set<String> computedTapNames;

  /// Tapped graph inputs.
  private final Set<String> inputTaps;

  /// Tapped initializers.
  private final Map<String, Tensor> constantTaps;

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final ConcurrentLinkedDeque<PinnedOutputs> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean shapesArePredictable = true;
  private volatile @Nullable PinnedShapes lastShapes;
  private boolean closed;

  /// A call that ONNX Runtime may refuse.
  @FunctionalInterface
  private interface NativeCall {
    void run() throws OrtException;
  }

  private OnnxRuntimeSession(
      OrtEnvironment environment,
      OrtSession session,
      Model model,
      Set<String> taps,
      Optional<FedShapes> shapes)
      throws OrtException {
    this.shapes = shapes;
    this.environment = environment;
    this.session = session;
    Map<String, NodeInfo> inputInfo = session.getInputInfo();
    List<TensorSpec> inputSpecs = new ArrayList<>();
    Set<String> unranked = new HashSet<>();
    for (Value input : model.graph().requiredInputs()) {
      inputSpecs.add(spec("input", input.name(), inputInfo));
      if (input.shape().isEmpty()) {
        unranked.add(input.name());
      }
    }
    this.inputs = new InputCheck(inputSpecs, unranked);
    Map<String, NodeInfo> outputInfo = session.getOutputInfo();
    List<TensorSpec> outputSpecs = new ArrayList<>();
    for (Value output : model.graph().outputs()) {
      outputSpecs.add(spec("output", output.name(), outputInfo));
    }
    this.outputs = List.copyOf(outputSpecs);
    List<TensorSpec> computed = new ArrayList<>();
    this.inputTaps = new LinkedHashSet<>();
    this.constantTaps = new LinkedHashMap<>();
    for (String tap : taps) {
      Value value = model.graph().value(tap).orElseThrow();
      if (value.producer().isPresent()) {
        computed.add(spec("tapped tensor", tap, outputInfo));
      } else if (value.initializer().isPresent()) {
        constantTaps.put(tap, value.initializer().get());
      } else if (value.isGraphInput()) {
        inputTaps.add(tap);
      }
    }
    this.computedTaps = List.copyOf(computed);
    Set<String> names = new LinkedHashSet<>();
    computed.forEach(spec -> names.add(spec.name()));
    this.computedTapNames = Collections.unmodifiableSet(names);
    Set<String> wanted = new LinkedHashSet<>();
    outputs.forEach(output -> wanted.add(output.name()));
    this.outputNames = Collections.unmodifiableSet(wanted);
  }

  /// Takes over `session`; closes it when the model has inputs or outputs that cannot be carried.
  static OnnxRuntimeSession of(
      OrtEnvironment environment,
      OrtSession session,
      Model model,
      Set<String> taps,
      Optional<FedShapes> shapes)
      throws OrtException {
    try {
      return new OnnxRuntimeSession(environment, session, model, taps, shapes);
    } catch (OrtException | BackendException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public List<TensorSpec> inputs() {
    return inputs.specs();
  }

  @Override
  public List<TensorSpec> outputs() {
    return outputs;
  }

  @Override
  public Map<String, Tensor> run(Map<String, Tensor> fed) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    whileOpen(fed, () -> infer(fed, outputNames, Map.of(), results::put));
    return results;
  }

  @Override
  public void observe(Map<String, Tensor> fed, ActivationTap tap) {
    whileOpen(
        fed,
        () -> {
          if (!computedTaps.isEmpty()) {
            observeComputed(fed, tap);
          }
          for (Map.Entry<String, Tensor> input : fed.entrySet()) {
            if (inputTaps.contains(input.getKey())) {
              tap.accept(input.getKey(), input.getValue());
            }
          }
          constantTaps.forEach(tap::accept);
        });
  }

  /// Ends the recording of a trace.
  ///
  /// @return the file it was written to
  String endProfiling() {
    lock.readLock().lock();
    try {
      return session.endProfiling();
    } catch (OrtException e) {
      throw new BackendException("onnxruntime: the trace cannot be written: " + e.getMessage(), e);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    if (lock.getReadHoldCount() > 0) {
      throw new IllegalStateException("a session cannot be closed from inside its own run");
    }
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        idle.forEach(PinnedOutputs::close);
        idle.clear();
        session.close();
      }
    } catch (OrtException e) {
      throw failed(e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /// Tapped tensors of predictable shape are written to memory that is reused across runs, and
  /// passed on without a copy.
  private void observeComputed(Map<String, Tensor> fed, ActivationTap tap) throws OrtException {
    PinnedShapes shapes = lastShapes;
    if (shapes == null || !shapes.holdsFor(fed)) {
      shapes = PinnedShapes.of(computedTaps, inputs.specs(), fed);
      lastShapes = shapes;
    }
    if (!shapesArePredictable || shapes.pinned().isEmpty()) {
      infer(fed, computedTapNames, Map.of(), tap);
      return;
    }
    PinnedOutputs pinned = idle.pollFirst();
    if (pinned == null || !pinned.fits(shapes.pinned())) {
      if (pinned != null) {
        pinned.close();
      }
      pinned = PinnedOutputs.allocate(environment, shapes.pinned());
    }
    try {
      Map<String, Tensor> copies = shapes.others().isEmpty() ? Map.of() : new LinkedHashMap<>();
      if (!tryPinned(fed, shapes.others(), pinned, copies)) {
        infer(fed, computedTapNames, Map.of(), tap);
        return;
      }
      for (TensorSpec spec : computedTaps) {
        Tensor view = pinned.views().get(spec.name());
        Tensor activation = view == null ? copies.get(spec.name()) : view;
        if (activation != null) {
          tap.accept(spec.name(), activation);
        }
      }
    } finally {
      idle.addFirst(pinned);
    }
  }

  /// Whether the shapes were as predicted. Otherwise, or on another failure, the run is repeated
  /// without preallocated memory, and that run reports the error.
  private boolean tryPinned(
      Map<String, Tensor> fed,
      Set<String> others,
      PinnedOutputs pinned,
      Map<String, Tensor> copies) {
    try {
      infer(fed, others, pinned.byName(), copies::put);
      return true;
    } catch (OrtException e) {
      shapesArePredictable = false;
      return false;
    }
  }

  private void infer(
      Map<String, Tensor> fed,
      Set<String> copied,
      Map<String, OnnxTensor> pinned,
      ActivationTap receiver)
      throws OrtException {
    try (Arena arena = Arena.ofConfined();
        FedTensors tensors = FedTensors.of(environment, fed, arena);
        OrtSession.Result result = session.run(tensors.byName(), copied, pinned)) {
      for (Map.Entry<String, OnnxValue> output : result) {
        if (copied.contains(output.getKey())) {
          receiver.accept(output.getKey(), Outputs.copy(output.getKey(), output.getValue()));
        }
      }
    }
  }

  private void whileOpen(Map<String, Tensor> fed, NativeCall call) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("this ONNX Runtime session is closed");
      }
      inputs.check(fed);
      shapes.ifPresent(check -> check.check(fed));
      call.run();
    } catch (OrtException e) {
      throw failed(e);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static TensorSpec spec(String role, String name, Map<String, NodeInfo> infos) {
    String label = role + " '" + name + "'";
    NodeInfo info = infos.get(name);
    if (info == null) {
      throw new BackendException(
          OnnxRuntimeBackend.NAME + " does not know the " + label + " of the model");
    }
    if (!(info.getInfo() instanceof TensorInfo tensor)) {
      throw new BackendException(
          "%s: %s is a %s; only tensors can be fed and returned"
              .formatted(OnnxRuntimeBackend.NAME, label, info.getInfo()));
    }
    List<Dim> dims = new ArrayList<>();
    for (int axis = 0; axis < tensor.getShape().length; axis++) {
      long size = tensor.getShape()[axis];
      String symbol = tensor.getDimensionNames()[axis];
      dims.add(size >= 0 ? Dim.of(size) : symbol.isEmpty() ? Dim.UNKNOWN : Dim.of(symbol));
    }
    return new TensorSpec(name, ElementTypes.of(tensor, label), new Shape(dims));
  }

  private static BackendException failed(OrtException e) {
    return new BackendException(OnnxRuntimeBackend.NAME + ": " + e.getMessage(), e);
  }
}
