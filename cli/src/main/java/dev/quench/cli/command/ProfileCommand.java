// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.converter.ShapeConverter;
import dev.quench.cli.converter.StringConverter;
import dev.quench.cli.engine.EngineOptions;
import dev.quench.cli.engine.UserEngineCache;
import dev.quench.cli.option.BackendOption;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.option.FreeDimensions;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.eval.LatencyProfile;
import dev.quench.eval.LayerTrace;
import dev.quench.eval.ProfileOptions;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.pipeline.ModelInputs;
import dev.quench.report.Environment;
import dev.quench.report.LatencySummary;
import dev.quench.report.latency.LayerSpan;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.LayerTimes;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.RunOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Measures the latency of a model.
@VectorKernels
@Command(
    name = "profile",
    header = "Measures latency, in the manner of trtexec.",
    description = {
      "Measures the latency of back-to-back calls with seeded random inputs, in the manner of trtexec.",
      "Copies of inputs and outputs are included."
    },
    footer = "  quench profile model.onnx --backend onnxruntime --shape image=1x3x224x224")
public final class ProfileCommand extends QuenchCommand {
  private static final int SLOWEST = 15;
  private static final int LAYER_RUNS = 50;
  private static final int UNCOUNTED_RUNS = 10;

  @Parameters(paramLabel = "MODEL", description = "ONNX file, or a TensorRT engine.")
  private Path model;

  @Mixin private EngineOptions engines;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "1",
      description = "Concurrent callers; an engine gives each a stream; default ${DEFAULT-VALUE}.")
  private int streams;

  @Option(
      names = "--cuda-graphs",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "For engines: replay the inference as a CUDA graph; default on.")
  private boolean cudaGraphs;

  @Option(
      names = "--per-layer",
      description = "For engines and ONNX Runtime: also the time of each layer.")
  private boolean perLayer;

  @Option(
      names = "--layer-csv",
      paramLabel = "FILE",
      description = "Write the times of all layers as CSV; implies --per-layer.")
  private @Nullable Path layerCsv;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "For ONNX Runtime: write when each layer ran, as JSON that Perfetto and Chrome show as a timeline.")
  private @Nullable Path trace;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Also write a page: how the calls' latency is spread, and for engines and ONNX Runtime a timeline of the layers.")
  private @Nullable Path report;

  @Option(
      names = "--backend",
      paramLabel = "B",
      defaultValue = "auto",
      description = "onnxruntime, xnor, tensorrt or auto; default ${DEFAULT-VALUE}.")
  private String backend;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description =
          "Arithmetic that TensorRT may use: ${COMPLETION-CANDIDATES}; default as the model is.")
  private @Nullable Precision precision;

  @Option(
      names = "--shape",
      paramLabel = "NAME=SHAPE",
      converter = {StringConverter.class, ShapeConverter.class},
      description =
          "Shape of an input with free dimensions, such as image=1x3x224x224; default: small sizes.")
  private Map<String, Shape> shapes = Map.of();

  @Mixin private DataOptions data;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads for one call; default: up to two.")
  private @Nullable Integer threads;

  @Option(
      names = "--warm-up",
      paramLabel = "MILLIS",
      defaultValue = "200",
      description = "Warm-up time; default ${DEFAULT-VALUE}.")
  private long warmUpMillis;

  @Option(
      names = "--duration",
      paramLabel = "MILLIS",
      defaultValue = "3000",
      description = "Measure at least this long; default ${DEFAULT-VALUE}.")
  private long durationMillis;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "10",
      description = "Measure at least this many calls; default ${DEFAULT-VALUE}.")
  private int iterations;

  @Override
  public void execute() throws IOException {
    checkOutputs(layerCsv, trace, report);
    ProfileOptions profiling = profileOptions();
    BackendOption.check(List.of(backend), this);
    if (EngineOptions.isEngine(model)) {
      if (precision != null) {
        throw wrongUsage("an engine's precision was fixed when it was built; omit --precision");
      }
      profileEngine(profiling);
      return;
    }
    ModelFile file = ModelFile.read(model, this);
    file.tellDenormals(this);
    Backend chosen = UserEngineCache.of(BackendOption.available(backend, file.model(), this), this);
    if (precision != null && !chosen.name().equals("tensorrt")) {
      throw wrongUsage(
          "--precision is for tensorrt; " + chosen.name() + " runs a model in the types it has");
    }
    if (wantsLayers() && !(chosen instanceof OnnxRuntimeBackend)) {
      throw wrongUsage(
          "times of layers come from an engine or from onnxruntime, got " + chosen.name());
    }
    if (data.isGiven() && !shapes.isEmpty()) {
      throw wrongUsage("--data gives the shapes too; omit --shape");
    }
    Map<String, Tensor> fed;
    List<TensorSpec> inputs;
    if (data.isGiven()) {
      fed = firstSample(file.model());
      inputs = fed.entrySet().stream().map(ProfileCommand::spec).toList();
    } else {
      inputs = FreeDimensions.settle(file.inputs(), shapes);
      fed = data.noise(file.inputs(), inputs);
    }
    SessionOptions options =
        SessionOptions.DEFAULT.withPrecision(precision == null ? file.precision() : precision);
    if (threads != null) {
      options = options.withThreads(threads);
    }
    LatencyProfile profile;
    try (Session session = chosen.open(file.model(), options)) {
      profile = LatencyProfile.measure(session, fed, profiling, progress());
    } catch (BackendException | IllegalArgumentException e) {
      throw FreeDimensions.refused(inputs, e);
    }
    say(file.name() + " on " + chosen.name() + " (" + options.precision() + ") with " + inputs);
    print(profile);
    ObjectNode root =
        json(profile, file.name(), chosen.name(), inputs)
            .put("precision", options.precision().name());
    List<LayerSpan> timeline = List.of();
    if (chosen instanceof OnnxRuntimeBackend runtime && (wantsLayers() || report != null)) {
      String recorded = runtime.trace(file.model(), options, fed, UNCOUNTED_RUNS + LAYER_RUNS);
      timeline = LayerTrace.lastRun(recorded);
      if (trace != null) {
        AtomicFile.writeString(trace, recorded);
      }
      if (wantsLayers()) {
        layers(LayerTrace.read(recorded, UNCOUNTED_RUNS), root);
      }
    }
    page(
        file.name(),
        chosen.name() + " (" + options.precision() + ") with " + inputs,
        profile,
        timeline,
        "The last of %d runs, in milliseconds from its first layer"
            .formatted(UNCOUNTED_RUNS + LAYER_RUNS));
    report(root);
  }

  private void page(
      String name,
      String how,
      LatencyProfile profile,
      List<LayerSpan> timeline,
      String timelineLead)
      throws IOException {
    if (report == null) {
      return;
    }
    AtomicFile.writeString(
        report, profile.page(name, how, timeline, timelineLead, Environment.current()).toHtml());
    note("report: " + report);
  }

  private boolean wantsLayers() {
    return perLayer || layerCsv != null || trace != null;
  }

  private Map<String, Tensor> firstSample(Model read) throws IOException {
    Dataset dataset = data.open(read, false, this);
    note("on the first sample of " + dataset.description());
    try (Stream<Batch> batches =
        dataset.batches(ModelInputs.of(read).batchSize(dataset.axes(), 1))) {
      return batches
          .findFirst()
          .orElseThrow(() -> new CommandException(dataset.description() + " holds no sample"))
          .inputs();
    }
  }

  private static TensorSpec spec(Map.Entry<String, Tensor> fed) {
    return new TensorSpec(fed.getKey(), fed.getValue().dataType(), fed.getValue().shape());
  }

  private void profileEngine(ProfileOptions profiling) throws IOException {
    if (trace != null || data.isGiven()) {
      throw wrongUsage("--trace and --data are for models, got an engine");
    }
    try (Engine engine = engines.load(model)) {
      List<TensorSpec> inputs = FreeDimensions.settle(engine.inputs(), shapes);
      Map<String, Tensor> fed = data.noise(engine.inputs(), inputs);
      LatencyProfile profile;
      try (Session session =
          engine.openSession(RunOptions.DEFAULT.withContexts(streams).withCudaGraphs(cudaGraphs))) {
        profile = LatencyProfile.measure(session, fed, profiling, progress());
      }
      say(model + " with " + inputs);
      print(profile);
      ObjectNode root = json(profile, Text.stem(model), "tensorrt", inputs);
      List<LayerSpan> timeline = List.of();
      if (wantsLayers() || report != null) {
        LayerTimes times = engine.layerTimes(fed, LAYER_RUNS);
        timeline = LayerSpan.inTurn(times);
        if (wantsLayers()) {
          layers(times, root);
        }
      }
      page(
          Text.stem(model),
          "tensorrt with " + inputs,
          profile,
          timeline,
          "Means of %d runs by the profiler of TensorRT, which runs one layer behind the other, in milliseconds"
              .formatted(LAYER_RUNS));
      report(root);
    }
  }

  private void layers(LayerTimes times, ObjectNode root) throws IOException {
    if (layerCsv != null) {
      StringBuilder csv = new StringBuilder("layer,millis,share\n");
      for (LayerTimes.LayerTime layer : times.layers()) {
        csv.append(
            Text.format(
                "\"%s\",%.6f,%.6f%n",
                layer.layer().replace("\"", "\"\""), layer.millis(), layer.share()));
      }
      AtomicFile.writeString(layerCsv, csv.toString());
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("layer", "ms", "share"));
    for (LayerTimes.LayerTime layer : times.slowest(SLOWEST)) {
      rows.add(
          List.of(
              layer.layer(),
              Text.format("%.4f", layer.millis()),
              Text.format("%.1f %%", 100 * layer.share())));
    }
    Text.table(1, rows).forEach(this::say);
    ArrayNode list = root.putArray("layers");
    times
        .layers()
        .forEach(
            layer -> list.addObject().put("layer", layer.layer()).put("millis", layer.millis()));
  }

  private void print(LatencyProfile profile) {
    line("latency", profile.latencyMillis());
    profile
        .stages()
        .ifPresent(stages -> {
          line("  host to device", stages.upload());
          line("  compute", stages.compute());
          line("  device to host", stages.download());
          line("  enqueue", stages.enqueue());
        });
    say(
        Text.format(
            "%.1f calls a second over %d calls on %d stream%s; deviation %.1f %% of the mean",
            profile.callsPerSecond(),
            profile.latencyMillis().calls(),
            profile.streams(),
            profile.streams() == 1 ? "" : "s",
            100 * profile.latencyMillis().coefficientOfVariation()));
    profile.warnings().forEach(warning -> note("warning: " + warning));
  }

  private void line(String what, LatencySummary millis) {
    say(
        Text.format(
            "%s ms: p50 %.3f, p90 %.3f, p95 %.3f, p99 %.3f, mean %.3f, min %.3f, max %.3f",
            what,
            millis.p50(),
            millis.p90(),
            millis.p95(),
            millis.p99(),
            millis.mean(),
            millis.min(),
            millis.max()));
  }

  private static ObjectNode json(
      LatencyProfile profile, String name, String backendName, List<TensorSpec> inputs) {
    ObjectNode root = Json.object().put("model", name).put("backend", backendName);
    ObjectNode fed = root.putObject("inputs");
    inputs.forEach(input -> fed.put(input.name(), input.shape().toString()));
    root.setAll((ObjectNode) Json.parse(profile.toJson()));
    return root;
  }

  private ProfileOptions profileOptions() {
    try {
      return new ProfileOptions(warmUpMillis, durationMillis, iterations, streams);
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }
}
