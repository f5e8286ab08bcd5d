// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.eval.LatencyProfile;
import dev.quench.eval.LatencySummary;
import dev.quench.eval.ProfileOptions;
import dev.quench.run.Backend;
import dev.quench.run.BackendException;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Measures the latency of a model.
@Command(
    name = "profile",
    header = "Measures latency, in the manner of trtexec.",
    descriptionHeading = "%n",
    description = {
      "Measures the latency of back-to-back calls with seeded random inputs, in the manner of trtexec.",
      "Copies of inputs and outputs are included."
    },
    parameterListHeading = "%n",
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = "  quench profile model.onnx --backend onnxruntime --shape image=1x3x224x224")
final class ProfileCommand extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

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
          "Shape of an input with free dimensions, such as image=1x3x224x224; else small.")
  private Map<String, Shape> shapes = Map.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads for one call; default: up to two.")
  private @Nullable Integer threads;

  @Option(
      names = "--warm-up",
      paramLabel = "MILLIS",
      defaultValue = "200",
      description = "Time before counting begins; default ${DEFAULT-VALUE}.")
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
      description = "And at least this many calls; default ${DEFAULT-VALUE}.")
  private int iterations;

  @Override
  void execute() throws IOException {
    ProfileOptions profiling = profileOptions();
    BackendOption.check(List.of(backend), this);
    ModelFile file = ModelFile.read(model);
    Backend chosen = BackendOption.available(backend, file.model(), this);
    List<TensorSpec> inputs = FreeDimensions.settle(file.inputs(), shapes);
    SessionOptions options =
        SessionOptions.DEFAULT.withPrecision(precision == null ? file.precision() : precision);
    if (threads != null) {
      options = options.withThreads(threads);
    }
    LatencyProfile profile;
    try (Session session = chosen.open(file.model(), options)) {
      profile = LatencyProfile.measure(session, SeededInputs.of(inputs, 1), profiling, progress());
    } catch (BackendException | IllegalArgumentException e) {
      throw FreeDimensions.refused(inputs, e);
    }
    LatencySummary millis = profile.latencyMillis();
    say(file.name() + " on " + chosen.name() + " (" + options.precision() + ") with " + inputs);
    say(
        Text.format(
            "latency ms: p50 %.3f, p90 %.3f, p95 %.3f, p99 %.3f, mean %.3f, min %.3f, max %.3f",
            millis.p50(),
            millis.p90(),
            millis.p95(),
            millis.p99(),
            millis.mean(),
            millis.min(),
            millis.max()));
    say(
        Text.format(
            "%.1f calls a second over %d calls; deviation %.1f %% of the mean",
            profile.callsPerSecond(), millis.calls(), 100 * millis.coefficientOfVariation()));
    ObjectNode root = Json.object();
    root.put("model", file.name());
    root.put("backend", chosen.name());
    root.put("precision", options.precision().name());
    ObjectNode fed = root.putObject("inputs");
    inputs.forEach(input -> fed.put(input.name(), input.shape().toString()));
    root.putObject("latencyMillis")
        .put("p50", millis.p50())
        .put("p90", millis.p90())
        .put("p95", millis.p95())
        .put("p99", millis.p99())
        .put("mean", millis.mean())
        .put("min", millis.min())
        .put("max", millis.max())
        .put("coefficientOfVariation", millis.coefficientOfVariation())
        .put("calls", millis.calls());
    root.put("callsPerSecond", profile.callsPerSecond());
    report(root);
  }

  private ProfileOptions profileOptions() {
    try {
      return new ProfileOptions(warmUpMillis, durationMillis, iterations);
    } catch (IllegalArgumentException e) {
      throw wrongUsage(String.valueOf(e.getMessage()));
    }
  }
}
