// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.execute;

import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.shape.Admission;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.LayerTimes;
import dev.quench.run.Session;
import dev.quench.run.StagedSession;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Tensor;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.inspect.BuildReport;
import dev.quench.trt.inspect.EngineLayers;
import dev.quench.trt.internal.build.NativePlan;
import dev.quench.trt.internal.execute.NativeEngine;
import dev.quench.trt.plan.EngineFiles;
import dev.quench.trt.plan.EngineManifest;
import dev.quench.trt.plan.EngineTrust;
import dev.quench.trt.plan.PlanBytes;
import dev.quench.trt.plan.PluginLibrary;
import dev.quench.trt.plan.WeightsDigest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A built engine: a model compiled for one GPU and one version of TensorRT.
///
/// It owns native memory, sessions and contexts; [#close] waits for running inferences, closes the
/// sessions, then frees the engine. Thread-safe; use after close throws [IllegalStateException].
///
/// On disk an engine is a plan, the bytes that TensorRT serializes, with an [EngineManifest] beside
/// it: `model.engine` and `model.engine.json`. A plan is code: it is loaded only if its manifest
/// matches the plan, this GPU and this TensorRT, or if the caller trusts it explicitly.
public final class Engine implements AutoCloseable {
  private final NativeEngine engine;
  private final List<TensorSpec> inputs;
  private final List<TensorSpec> outputs;
  private final @Nullable BuildReport report;
  private final EngineUses uses = new EngineUses();
  private @Nullable EngineManifest manifest;

  Engine(
      NativeEngine engine,
      @Nullable EngineManifest manifest,
      DeclaredTensors declared,
      @Nullable BuildReport report) {
    this.engine = engine;
    this.manifest = manifest;
    this.report = report;
    this.inputs = DeclaredTensors.apply(declared.inputs(), engine.inputs());
    this.outputs = DeclaredTensors.apply(declared.outputs(), engine.outputs());
  }

  /// Takes ownership of `engine`.
  public static Engine of(
      NativeEngine engine, EngineManifest manifest, DeclaredTensors declared, BuildReport report) {
    return new Engine(engine, manifest, declared, report);
  }

  /// Loads an engine that [#save] wrote, after checking that its manifest matches the plan, this
  /// GPU and this TensorRT.
  ///
  /// @return to be closed by the caller
  /// @throws IOException if a file cannot be read
  /// @throws TensorRtException if the manifest is missing or does not match, TensorRT is not
  ///   available or refuses the plan
  public static Engine load(Path plan) throws IOException {
    return load(plan, EngineTrust.MANIFEST, List.of());
  }

  /// Loads an engine without a manifest. An engine is code that runs with this process's rights:
  /// call this only for files that you trust like a program.
  ///
  /// @return to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws TensorRtException if TensorRT is not available or refuses the plan
  public static Engine trustForeignEngine(Path plan) throws IOException {
    return load(plan, EngineTrust.FOREIGN, List.of());
  }

  /// Loads an engine.
  ///
  /// @param plugins libraries of plug-ins that it needs; these are code too
  /// @return to be closed by the caller
  /// @throws IOException if a file cannot be read
  /// @throws TensorRtException if the manifest is required and does not match, a library is
  ///   missing, TensorRT is not available or refuses the plan
  public static Engine load(Path plan, EngineTrust trust, List<Path> plugins) throws IOException {
    return EngineLoading.load(plan, trust, plugins);
  }

  /// Loads the engine that `manifest` describes, after checking both.
  public static Engine load(
      Path plan, EngineManifest manifest, DeclaredTensors declared, List<PluginLibrary> libraries)
      throws IOException {
    return EngineLoading.load(plan, manifest, declared, libraries);
  }

  /// Writes the plan to `plan` and the manifest beside it, each atomically.
  ///
  /// @throws IOException if a file cannot be written
  /// @throws IllegalStateException for an engine of [#trustForeignEngine], which has no manifest
  /// @throws TensorRtException if TensorRT fails to serialize the engine
  public void save(Path plan) throws IOException {
    uses.runWhileOpen(() -> {
      if (manifest == null) {
        throw new IllegalStateException(
            "this engine was loaded without a manifest and cannot be saved with one; copy its file instead");
      }
      EngineFiles.checkWritable(plan);
      try (NativePlan serialized = engine.serialize()) {
        MemorySegment bytes = serialized.bytes();
        EngineFiles.write(plan, bytes, manifest.withPlan(PlanBytes.sha256(bytes)));
      }
    });
  }

  /// Empty for an engine of [#trustForeignEngine].
  public Optional<EngineManifest> manifest() {
    return Optional.ofNullable(manifest);
  }

  /// The report of the build; empty for an engine from a file.
  public Optional<BuildReport> buildReport() {
    return Optional.ofNullable(report);
  }

  /// The required inputs; in the model's order for an engine that was just built.
  public List<TensorSpec> inputs() {
    return inputs;
  }

  /// The outputs that a session returns; in the model's order for an engine that was just built.
  public List<TensorSpec> outputs() {
    return outputs;
  }

  /// The shapes that the engine's first profile supports, for inputs with free dimensions.
  public Map<String, ShapeRange> profile() {
    return engine.profiles().getFirst();
  }

  /// The shapes that each profile of the engine supports, for inputs with free dimensions.
  public List<Map<String, ShapeRange>> profiles() {
    return engine.profiles();
  }

  /// The GPU memory, in bytes, that each concurrent inference needs besides its inputs and outputs.
  public long contextBytes() {
    return uses.whileOpen(engine::contextBytes);
  }

  /// TensorRT's description of the layers as JSON: which were fused, their types and kernels.
  public String layerInformation() {
    return uses.whileOpen(engine::layerInformation);
  }

  /// The layers that TensorRT made from the model.
  public EngineLayers layers() {
    return EngineLayers.parse(layerInformation());
  }

  /// Measures the time of each layer, as the mean of `runs` inferences. TensorRT synchronizes after
  /// each layer, so the sum exceeds the time of an inference.
  ///
  /// @param inputs every input by name
  /// @throws IllegalArgumentException if an input does not fit, or `runs` is not positive
  public LayerTimes layerTimes(Map<String, Tensor> inputs, int runs) {
    if (runs < 1) {
      throw new IllegalArgumentException("runs must be 1 or more, got " + runs);
    }
    check().check(inputs);
    return uses.whileOpen(() -> LayerTimes.of(engine.layerMillis(inputs, runs), runs));
  }

  // ---- weights ----

  /// TensorRT's names of the weights that can be exchanged.
  ///
  /// @throws TensorRtException if the engine was built without
  ///   [EngineBuilder.refittable][dev.quench.trt.build.EngineBuilder#refittable]
  public List<String> refittableWeights() {
    return uses.whileOpen(engine::refittableWeights);
  }

  /// Replaces the weights by those of a model that differs from the built one only in weights.
  /// Waits for running inferences. Takes a fraction of the time of a build.
  ///
  /// @throws TensorRtException if the engine was built without
  ///   [EngineBuilder.refittable][dev.quench.trt.build.EngineBuilder#refittable], or the model does
  ///   not fit it
  public void refit(Model model) {
    Admission.require(model, _ -> true);
    byte[] onnx = OnnxWriter.toBytes(model);
    String digest = ModelDigest.of(model);
    exchange(
        () -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(onnx.length);
            bytes.copyFrom(MemorySegment.ofArray(onnx));
            engine.refit(bytes);
          }
        },
        digest);
  }

  /// Replaces single weights by the names of [#refittableWeights]. Waits for running inferences.
  ///
  /// @throws TensorRtException if the engine was built without
  ///   [EngineBuilder.refittable][dev.quench.trt.build.EngineBuilder#refittable], or a name, type
  ///   or size does not fit
  public void refit(Map<String, Tensor> weightsByName) {
    exchange(() -> engine.refit(weightsByName), WeightsDigest.of(weightsByName));
  }

  private void exchange(Runnable refit, String digest) {
    uses.exchangeWeights(
        refit,
        () -> {
          if (manifest != null) {
            manifest = manifest.withModel(digest);
          }
        });
  }

  // ---- running ----

  /// Opens a session with its own memory on the GPU; several can be open at once. It taps nothing.
  public Session openSession() {
    return openSession(RunOptions.DEFAULT);
  }

  /// Opens a session with its own memory on the GPU; several can be open at once. It taps nothing.
  public StagedSession openSession(RunOptions options) {
    Set<String> names =
        outputs.stream().map(TensorSpec::name).collect(Collectors.toCollection(LinkedHashSet::new));
    return openSession(names, Taps.NONE, options, () -> {});
  }

  /// @param outputNames what the session returns
  /// @param afterClose runs once the session is closed
  public StagedSession openSession(
      Set<String> outputNames, Taps taps, RunOptions options, Runnable afterClose) {
    return uses.whileOpen(() -> {
      List<TensorSpec> returned =
          outputs.stream().filter(spec -> outputNames.contains(spec.name())).toList();
      TensorRtSession session =
          new TensorRtSession(
              new ContextPool(options.contexts(), () -> engine.createContext(options.cudaGraphs())),
              check(),
              returned,
              taps,
              uses.inference(),
              closing -> {
                uses.remove(closing);
                afterClose.run();
              });
      uses.add(session);
      return session;
    });
  }

  /// Opens a context for low-level inferences; several can be open at once.
  ///
  /// @param options `contexts` is ignored
  public ExecutionContext openContext(RunOptions options) {
    return uses.whileOpen(() -> {
      ExecutionContext context =
          new ExecutionContext(
              engine.createContext(options.cudaGraphs()),
              check(),
              outputs,
              uses.inference(),
              uses::remove);
      uses.add(context);
      return context;
    });
  }

  /// Waits for running inferences; harmless twice.
  ///
  /// @throws IllegalStateException if called by an [ActivationTap][dev.quench.run.ActivationTap] of
  ///   this engine
  @Override
  public void close() {
    uses.close(engine::close);
  }

  private ProfileCheck check() {
    return new ProfileCheck(inputs, engine.profiles());
  }
}
