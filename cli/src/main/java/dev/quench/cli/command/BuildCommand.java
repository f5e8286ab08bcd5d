// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;
import dev.quench.cli.converter.NamedRange;
import dev.quench.cli.converter.ProfileRange;
import dev.quench.cli.engine.EngineCacheOptions;
import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.option.NamedNodes;
import dev.quench.cli.output.CoverageText;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.build.Arithmetic;
import dev.quench.pipeline.build.EngineRecipe;
import dev.quench.pipeline.build.Int8Mode;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.run.OrderlyExit;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.TacticSource;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.cache.EngineCache;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.inspect.BuildReport;
import dev.quench.trt.inspect.EngineLayers;
import dev.quench.trt.inspect.Int8Diagnosis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Builds a TensorRT engine.
@Command(
    name = "build",
    header = "Builds a TensorRT engine.",
    description = {
      "Builds a TensorRT engine for the GPU of this machine and writes it with a manifest beside it.",
      "A model with QuantizeLinear nodes is built strongly typed: what the file says is what runs. What was built before of "
          + "the same model, options, GPU and versions comes from the engine cache."
    },
    footer = {
      "  quench build model.int8.onnx -o model.engine \\",
      "      --profile image=1x3x224x224:8x3x224x224:32x3x224x224",
      "  quench build model.onnx -o model.engine --precision fp16 --int8 implicit \\",
      "      --table calibration.json"
    })
public final class BuildCommand extends QuenchCommand {
  private static final int OBSERVATIONS = 10;

  /// Who says which layers run in INT8.
  enum Int8 {
    EXPLICIT,
    IMPLICIT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "ENGINE",
      required = true,
      description = "The engine to write; its manifest goes to ENGINE.json.")
  private Path output;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Precision of layers that are not quantized: ${COMPLETION-CANDIDATES}; default fp32. mixed is FP16 where it is safe, by casts in the model.")
  private @Nullable Arithmetic precision;

  @Option(
      names = "--strongly-typed",
      description =
          "For fp16 and bf16: write the types into the model as casts, as TensorRT 11 requires, instead of letting TensorRT choose.")
  private boolean stronglyTyped;

  @Option(
      names = "--int8",
      paramLabel = "HOW",
      description =
          "explicit: by Q/DQ nodes, those of the model or of --table; implicit: TensorRT chooses the layers, with ranges of --table, --cache or --data (TensorRT 10 only).")
  private @Nullable Int8 int8;

  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "Calibration table; refused when it was made from another model.")
  private @Nullable Path table;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description = "For --int8 implicit: a TensorRT text cache; needs --trust-cache.")
  private @Nullable Path cache;

  @Option(names = "--trust-cache", description = "Trust --cache to belong to this model.")
  private boolean trustCache;

  @Mixin private FeedableInitializers initializers;

  @Mixin private DataOptions data;

  @Option(
      names = "--profile",
      paramLabel = "NAME=RANGE",
      converter = NamedRange.Converter.class,
      description =
          "Shapes of an input with free dimensions, min:opt:max; repeat an input to begin another profile. Default: batches of 1 to 256, tuned for 32.")
  private List<NamedRange> profiles = List.of();

  @Option(
      names = "--keep-fp32",
      paramLabel = "PATTERN",
      description =
          "Keep nodes of a model without Q/DQ in FP32: a name with * and ?, regex:EXPRESSION or op:TYPE; may be repeated.")
  private List<String> kept = List.of();

  @Option(
      names = "--optimization-level",
      paramLabel = "N",
      description =
          "How hard TensorRT searches for kernels, from 0 (quick) to 5; TensorRT's default is 3.")
  private @Nullable Integer level;

  @Option(
      names = "--tactic-sources",
      paramLabel = "LIST",
      split = ",",
      description =
          "Also take kernels from these sources, for where TensorRT's own fail: ${COMPLETION-CANDIDATES}; default: none. The first three need NVIDIA's library and TensorRT 10.")
  private Set<TacticSource> tacticSources = Set.of();

  @Option(
      names = "--workspace",
      paramLabel = "MIB",
      description = "Limit on the scratch memory of a layer, in MiB; default: none.")
  private @Nullable Long workspaceMebibytes;

  @Option(names = "--refittable", description = "Build an engine whose weights can be refitted.")
  private boolean refittable;

  @Option(
      names = "--version-compatible",
      description =
          "Build an engine that newer releases of the same major version of TensorRT can load.")
  private boolean versionCompatible;

  @Option(
      names = "--hardware",
      paramLabel = "H",
      defaultValue = "SAME_GPU",
      description =
          "GPUs that can run the engine: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private HardwareCompatibility hardware;

  @Option(
      names = "--sparse-weights",
      description = "Allow kernels for 2:4 structured sparsity (two zeros in every four weights).")
  private boolean sparseWeights;

  @Mixin private EngineCacheOptions engineCache;

  @Mixin private EngineOptions engineOptions;

  @Override
  public void execute() throws IOException {
    checkOptions();
    checkOutputs(output, EngineOptions.manifestOf(output));
    ModelFile file = initializers.read(model, this);
    EngineRecipe.Ready ready =
        EngineRecipe.of(file.model())
            .int8(mode(file.model()))
            .arithmetic(precision == null ? Arithmetic.FP32 : precision)
            .stronglyTyped(stronglyTyped)
            .listener(listener())
            .ready();
    for (String pattern : kept) {
      NamedNodes.require("--keep-fp32", pattern, file.model());
    }
    EngineOptions.requireTensorRt();
    EngineBuilder builder =
        ready
            .builder()
            .refittable(refittable)
            .versionCompatible(versionCompatible)
            .hardware(hardware)
            .sparseWeights(sparseWeights)
            .tacticSources(tacticSources);
    for (String pattern : kept) {
      builder.keepFp32(NodeSelection.of(List.of(pattern)));
    }
    addProfiles(builder);
    for (Path plugin : engineOptions.plugins()) {
      builder.plugin(plugin);
    }
    if (level != null) {
      builder.optimizationLevel(level);
    }
    if (workspaceMebibytes != null) {
      builder.workspaceBytes(workspaceMebibytes << 20);
    }
    long start = System.nanoTime();
    try (Engine engine = built(builder)) {
      engine.save(output);
      print(engine, file.model(), ready.cache(), (System.nanoTime() - start) / 1e9);
    }
  }

  private void checkOptions() {
    if (level != null && (level < 0 || level > 5)) {
      throw wrongUsage("--optimization-level must be 0 to 5, got " + level);
    }
    if (workspaceMebibytes != null
        && (workspaceMebibytes < 1 || workspaceMebibytes > Long.MAX_VALUE >> 20)) {
      throw wrongUsage("--workspace must be 1 MiB or more, got " + workspaceMebibytes);
    }
    engineCache.check(this);
    if (stronglyTyped && precision != Arithmetic.FP16 && precision != Arithmetic.BF16) {
      throw wrongUsage("--strongly-typed requires --precision fp16 or bf16");
    }
    int sources = (table == null ? 0 : 1) + (cache == null ? 0 : 1) + (data.isGiven() ? 1 : 0);
    if (int8 == Int8.IMPLICIT && sources != 1) {
      throw wrongUsage("--int8 implicit needs ranges: one of --table, --cache and --data");
    }
    if (int8 != Int8.IMPLICIT && (cache != null || data.isGiven())) {
      throw wrongUsage(
          "--cache and --data require --int8 implicit; for explicit INT8 quantize first");
    }
    if (cache != null && !trustCache) {
      throw wrongUsage(
          "--cache does not say which model it belongs to; give --trust-cache if you know");
    }
  }

  private Int8Mode mode(Model loaded) throws IOException {
    if (int8 != Int8.IMPLICIT) {
      return table != null
          ? new Int8Mode.Inserted(new RangeSource.Table(table))
          : int8 == Int8.EXPLICIT ? new Int8Mode.Explicit() : new Int8Mode.OfModel();
    }
    if (table != null) {
      return new Int8Mode.Implicit(new RangeSource.Table(table));
    }
    return new Int8Mode.Implicit(
        cache != null
            ? new RangeSource.Cache(cache, Optional.empty(), 0)
            : RangeSource.on(data.open(loaded, true, this)));
  }

  private void addProfiles(EngineBuilder builder) {
    Set<String> named = new HashSet<>();
    for (NamedRange each : profiles) {
      if (!named.add(each.input())) {
        builder.anotherProfile();
        named.clear();
        named.add(each.input());
      }
      ProfileRange range = each.range();
      builder.profile(each.input(), range.min(), range.opt(), range.max());
    }
  }

  private Engine built(EngineBuilder builder) throws IOException {
    try (OrderlyExit.Work work = OrderlyExit.ofProcess().begin()) {
      builder.cancelWhen(work::isStopAsked);
      Optional<Path> folder = engineCache.folder();
      if (folder.isEmpty()) {
        return builder.build();
      }
      EngineCache.Cached found = EngineCache.open(folder.get()).engine(builder);
      found.reason().ifPresent(reason -> note("built anew: " + reason));
      return found.engine();
    }
  }

  private void print(
      Engine engine, Model built, Optional<TensorRtCacheReport> ranges, double seconds)
      throws IOException {
    long size = Files.size(output);
    say(Text.format("%.1f s: %s (%s)", seconds, output, Text.bytes(size)));
    say("inputs " + engine.inputs() + ", outputs " + engine.outputs());
    int index = 0;
    for (var profile : engine.profiles()) {
      int number = index++;
      profile.forEach((input, range) -> say("profile %d '%s' %s".formatted(number, input, range)));
    }
    List<String> warnings =
        engine.buildReport().map(BuildReport::warnings).orElse(new ArrayList<>());
    Int8Diagnosis diagnosis =
        Int8Diagnosis.of(layers(engine), Optional.of(built), Optional.empty(), warnings);
    diagnosis.lines(OBSERVATIONS).forEach(this::say);
    ObjectNode root = Json.object();
    root.put("output", output.toString()).put("sizeBytes", size).put("seconds", seconds);
    ObjectNode layers = root.putObject("layersByPrecision");
    diagnosis.layersByPrecision().forEach(layers::put);
    ArrayNode served = root.putArray("profiles");
    for (Map<String, ?> profile : engine.profiles()) {
      ObjectNode node = served.addObject();
      profile.forEach((input, range) -> node.put(input, String.valueOf(range)));
    }
    ArrayNode log = root.putArray("warnings");
    warnings.forEach(log::add);
    ranges.ifPresent(report -> CoverageText.fill(root, report));
    report(root);
  }

  /// TensorRT is asked only about an engine that was not built just now. The engine is written
  /// already: that it is not understood what TensorRT says of the layers takes nothing from it.
  private EngineLayers layers(Engine engine) {
    Optional<BuildReport> report = engine.buildReport();
    if (report.isPresent()) {
      return report.get().layers();
    }
    try {
      return engine.layers();
    } catch (TensorRtException e) {
      note("the layers are not known: " + e.getMessage());
      return EngineLayers.UNKNOWN;
    }
  }
}
