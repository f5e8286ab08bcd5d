// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.build;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.graph.shape.Admission;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Precision;
import dev.quench.run.Progress;
import dev.quench.tensor.Shape;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.ShapeRange;
import dev.quench.trt.TacticSource;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.execute.DeclaredTensors;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.TensorRtProbe;
import dev.quench.trt.internal.Environment;
import dev.quench.trt.internal.build.BuildHooks;
import dev.quench.trt.internal.build.BuildSettings;
import dev.quench.trt.internal.build.CalibrationFeed;
import dev.quench.trt.internal.build.NativeBuild;
import dev.quench.trt.internal.build.NativeBuilder;
import dev.quench.trt.plan.EngineKey;
import dev.quench.trt.plan.EngineKeys;
import dev.quench.trt.plan.EngineManifest;
import dev.quench.trt.plan.PlanBytes;
import dev.quench.trt.plan.PluginLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Builds a TensorRT engine of a model, for the GPU of this machine.
///
/// A plain model is built weakly typed: [#precision] says in which types its layers may run, and
/// TensorRT chooses the fastest among them. A model with `QuantizeLinear` and `DequantizeLinear`
/// nodes, or with low-precision types, is built strongly typed: it runs in exactly the types that
/// it declares.
///
/// ```java
/// try (Engine engine = EngineBuilder.of(model).precision(Precision.FP16).build()) {
///   engine.save(Path.of("model.engine"));
/// }
/// ```
///
/// TensorRT gets the model serialized from the checked graph, not the original file. It is not kept
/// and must not change during [#build]. For one thread; builds of several builders run one at a
/// time.
public final class EngineBuilder {
  private static final int HIGHEST_OPTIMIZATION_LEVEL = 5;

  private final Model model;
  private final List<Map<String, ShapeRange>> profiles = new ArrayList<>();
  private final List<PluginLibrary> plugins = new ArrayList<>();
  private final Set<String> fp32Nodes = new LinkedHashSet<>();
  private final Set<TacticSource> tacticSources = EnumSet.noneOf(TacticSource.class);
  private Precision precision = Precision.FP32;
  private BatchRange batch = BatchRange.DEFAULT;
  private OptionalLong workspaceBytes = OptionalLong.empty();
  private OptionalLong tacticMemoryBytes = OptionalLong.empty();
  private OptionalInt optimizationLevel = OptionalInt.empty();
  private @Nullable Int8Calibration calibration;
  private boolean refittable;
  private boolean versionCompatible;
  private HardwareCompatibility hardware = HardwareCompatibility.SAME_GPU;
  private boolean sparseWeights;
  private @Nullable TimingCache timings;
  private Progress progress = Progress.NONE;
  private BooleanSupplier cancelled = () -> false;

  private EngineBuilder(Model model) {
    this.model = model;
    profiles.add(new LinkedHashMap<>());
  }

  /// Starts with FP32 without TF32, batch sizes of 1 to 256, tuned for 32, if the batch is free,
  /// and TensorRT's defaults.
  public static EngineBuilder of(Model model) {
    return new EngineBuilder(model);
  }

  /// The types in which layers may run. `FP32` is IEEE single precision; `TF32` rounds inputs of
  /// matrix products to 10 bits of mantissa; `FP16` and `BF16` add those types (and TF32) for plain
  /// models; `INT8` is for models with Q/DQ nodes. TensorRT 11 builds every model strongly typed:
  /// cast the model to `FP16` or `BF16` at export, which works on TensorRT 10 too.
  public EngineBuilder precision(Precision chosen) {
    this.precision = chosen;
    return this;
  }

  /// Allows INT8 for layers of a plain model, besides the types that [#precision] allows; the
  /// ranges of activations come from `ranges`. TensorRT chooses the fastest type per layer.
  public EngineBuilder implicitInt8(Int8Calibration ranges) {
    this.calibration = ranges;
    return this;
  }

  /// Keeps nodes of a plain model in FP32, whatever [#precision] and [#implicitInt8] allow.
  ///
  /// @throws IllegalArgumentException if the main graph has none of them
  public EngineBuilder keepFp32(NodeSelection nodes) {
    List<String> found =
        model.graph().nodes().stream().filter(nodes::contains).map(Node::name).toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "expected nodes of the model, got none that match " + nodes);
    }
    fp32Nodes.addAll(found);
    return this;
  }

  /// Sets the shapes that the engine supports for one input with free dimensions: any between `min`
  /// and `max`, fastest at `opt`. Applies to the current profile; see [#anotherProfile].
  ///
  /// @throws IllegalArgumentException unless all are static, of one rank, and grow in every
  ///   dimension
  public EngineBuilder profile(String input, Shape min, Shape opt, Shape max) {
    profiles.getLast().put(input, new ShapeRange(min, opt, max));
    return this;
  }

  /// Begins another optimization profile, to which later calls of [#profile] apply. A session
  /// chooses for each inference the profile that fits its shapes best. Each profile needs memory
  /// and time to build.
  public EngineBuilder anotherProfile() {
    profiles.add(new LinkedHashMap<>());
    return this;
  }

  /// Sets the batch sizes that the engine supports for inputs without a profile whose first
  /// dimension is free.
  ///
  /// @throws IllegalArgumentException unless `1 <= min <= opt <= max`
  public EngineBuilder batch(long min, long opt, long max) {
    this.batch = new BatchRange(min, opt, max);
    return this;
  }

  /// Limits the scratch memory of a layer, in bytes; by default all memory of the device.
  ///
  /// @throws IllegalArgumentException unless positive
  public EngineBuilder workspaceBytes(long bytes) {
    this.workspaceBytes = positive("workspaceBytes", bytes);
    return this;
  }

  /// Limits the device memory, in bytes, for timing kernels during the build.
  ///
  /// @throws IllegalArgumentException unless positive
  public EngineBuilder tacticMemoryBytes(long bytes) {
    this.tacticMemoryBytes = positive("tacticMemoryBytes", bytes);
    return this;
  }

  /// Adds sources of kernels to TensorRT's defaults, for layers or GPUs that the defaults do not
  /// support.
  public EngineBuilder tacticSources(Set<TacticSource> sources) {
    tacticSources.addAll(sources);
    return this;
  }

  /// Sets how long TensorRT searches: 0 is the fastest build, 5 the longest; TensorRT's default is
  /// 3.
  ///
  /// @throws IllegalArgumentException outside of 0 to 5
  public EngineBuilder optimizationLevel(int level) {
    if (level < 0 || level > HIGHEST_OPTIMIZATION_LEVEL) {
      throw new IllegalArgumentException(
          "optimizationLevel must be 0 to %d, got %d".formatted(HIGHEST_OPTIMIZATION_LEVEL, level));
    }
    this.optimizationLevel = OptionalInt.of(level);
    return this;
  }

  /// Makes an engine whose weights can be exchanged later; see [Engine#refit(Model)]. Such an
  /// engine has only one profile.
  public EngineBuilder refittable(boolean wanted) {
    this.refittable = wanted;
    return this;
  }

  /// Makes an engine that newer releases of the same major version of TensorRT also load. Needs
  /// TensorRT's lean runtime, which the redist jar lacks.
  public EngineBuilder versionCompatible(boolean wanted) {
    this.versionCompatible = wanted;
    return this;
  }

  /// Makes an engine that also runs on other GPUs, at some cost in speed.
  public EngineBuilder hardware(HardwareCompatibility wanted) {
    this.hardware = wanted;
    return this;
  }

  /// Allows kernels for weights of which two of every four neighbours are zero.
  public EngineBuilder sparseWeights(boolean allowed) {
    this.sparseWeights = allowed;
    return this;
  }

  /// Adds a library of plug-ins that the model needs. It is code that runs with this process's
  /// rights.
  ///
  /// @throws IOException unless it is a readable file
  public EngineBuilder plugin(Path library) throws IOException {
    plugins.add(PluginLibrary.of(library));
    return this;
  }

  /// Keeps the times of kernels between builds, which makes later builds faster. They are read
  /// before the build and merged after it.
  public EngineBuilder timings(TimingCache cache) {
    this.timings = cache;
    return this;
  }

  /// Receives the progress of the build.
  public EngineBuilder progress(Progress shown) {
    this.progress = shown;
    return this;
  }

  /// Stops the build soon after `cancel` returns true; TensorRT's threads call it.
  public EngineBuilder cancelWhen(BooleanSupplier cancel) {
    this.cancelled = cancel;
    return this;
  }

  /// Builds the engine; takes seconds to minutes.
  ///
  /// @return to be closed by the caller; its [Engine#buildReport] describes the result
  /// @throws IllegalArgumentException if the precision, a profile or calibration data do not fit
  ///   the model
  /// @throws dev.quench.run.CalibrationException if the ranges belong to another model
  /// @throws BuildCancelledException if it was cancelled
  /// @throws TensorRtException if TensorRT is not available, refuses the model (naming each node
  ///   and the reason) or fails to build it
  public Engine build() {
    BuildSettings settings = settings();
    DeclaredTensors declared = declared();
    Environment environment = TensorRtProbe.require();
    SettingsRules.requireLibraries(settings);
    long start = System.nanoTime();
    Admission.require(model, _ -> true); // the parser checks operators, and plug-ins add more
    try (Arena arena = Arena.ofConfined()) {
      byte[] onnx = OnnxWriter.toBytes(model);
      EngineKey key = key(PlanBytes.sha256(onnx), settings, environment);
      Optional<CalibrationFeed> feed =
          Optional.ofNullable(calibration)
              .map(ranges -> CalibrationFeeds.open(ranges, model.graph()));
      try (NativeBuild built =
          NativeBuilder.build(copy(onnx, arena), settings, hooks(feed, environment))) {
        EngineManifest manifest =
            manifest(environment, key, PlanBytes.sha256(built.plan().bytes()));
        return BuiltPlan.load(
            built,
            manifest,
            declared,
            feed,
            calibration == null ? List.of() : CalibrationFeeds.remarks(calibration),
            start);
      } finally {
        feed.ifPresent(CalibrationFeed::close);
      }
    }
  }

  /// Resolves the settings and checks everything that needs no TensorRT.
  public BuildSettings settings() {
    NetworkTyping typing = NetworkTyping.of(model);
    boolean strong = typing.stronglyTyped();
    typing.require(precision, calibration != null);
    if (calibration != null) {
      CalibrationFeeds.require(calibration, model);
    }
    if (strong && !fp32Nodes.isEmpty()) {
      throw new IllegalArgumentException(
          "the model declares its types, so the builder cannot keep nodes in FP32; leave"
              + " them out when you cast or quantize it");
    }
    boolean half = precision == Precision.FP16;
    boolean bfloat = precision == Precision.BF16;
    List<Map<String, ShapeRange>> ranges = InputProfiles.resolve(model.graph(), profiles, batch);
    BuildSettings settings =
        new BuildSettings(
            new BuildSettings.Arithmetic(
                strong,
                half || bfloat || precision == Precision.TF32,
                !strong && half,
                !strong && bfloat,
                calibration != null,
                fp32Nodes),
            ranges,
            new BuildSettings.Limits(
                workspaceBytes, tacticMemoryBytes, optimizationLevel, tacticSources),
            new BuildSettings.Portability(refittable, versionCompatible, hardware),
            sparseWeights,
            plugins.stream().map(PluginLibrary::file).toList());
    SettingsRules.require(settings);
    return settings;
  }

  /// The key of the engine that [#build] would make here.
  public EngineKey key(BuildSettings settings, Environment environment) {
    return key(PlanBytes.sha256(OnnxWriter.toBytes(model)), settings, environment);
  }

  public DeclaredTensors declared() {
    return DeclaredTensors.of(model.graph());
  }

  /// Uses `cache` unless a cache was set.
  public EngineBuilder timingsUnlessGiven(TimingCache cache) {
    if (timings == null) {
      timings = cache;
    }
    return this;
  }

  public List<PluginLibrary> plugins() {
    return List.copyOf(plugins);
  }

  private EngineKey key(String onnx, BuildSettings settings, Environment environment) {
    String identity =
        calibration == null ? "" : CalibrationFeeds.identity(calibration, model.graph());
    return EngineKeys.of(onnx, precision, settings, identity, plugins, environment);
  }

  private EngineManifest manifest(Environment environment, EngineKey key, String planSha256) {
    Map<String, String> libraries = new TreeMap<>();
    plugins.forEach(
        plugin -> libraries.put(String.valueOf(plugin.file().getFileName()), plugin.sha256()));
    return new EngineManifest(
        environment.tensorRtVersion(),
        environment.device().name(),
        environment.device().computeCapability(),
        ModelDigest.of(model),
        precision,
        hardware,
        versionCompatible,
        libraries,
        key,
        planSha256);
  }

  private BuildHooks hooks(Optional<CalibrationFeed> feed, Environment environment) {
    return new BuildHooks(
        progress,
        cancelled,
        feed,
        Optional.ofNullable(timings).map(cache -> cache.store(environment)));
  }

  private static OptionalLong positive(String name, long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(name + " must be positive, got " + bytes);
    }
    return OptionalLong.of(bytes);
  }

  private static MemorySegment copy(byte[] bytes, Arena arena) {
    MemorySegment onnx = arena.allocate(bytes.length);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, onnx, 0, bytes.length);
    return onnx;
  }
}
