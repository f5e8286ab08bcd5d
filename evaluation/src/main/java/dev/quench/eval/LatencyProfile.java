// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.report.Environment;
import dev.quench.report.LatencySummary;
import dev.quench.report.StageSummary;
import dev.quench.report.latency.LatencyDistribution;
import dev.quench.report.latency.LatencyPage;
import dev.quench.report.latency.LayerSpan;
import dev.quench.run.Progress;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Latency and throughput of one session under back-to-back calls, copies of inputs and outputs
/// included, like trtexec.
///
/// @param latencyMillis of a call as its caller sees it
/// @param callsPerSecond counted calls divided by their total time
/// @param streams how many threads called at once
/// @param stages parts of a call on the GPU; empty for backends that do not report them
/// @param warnings reasons why the figures may not reflect the model; one line each
/// @param distribution of the times of calls
public record LatencyProfile(
    LatencySummary latencyMillis,
    double callsPerSecond,
    int streams,
    Optional<StageSummary> stages,
    List<String> warnings,
    LatencyDistribution distribution) {
  /// Coefficient of variation of a call's time above which the machine was not idle.
  private static final double UNSTABLE = 0.2;

  private static final ObjectMapper JSON = new ObjectMapper();

  public LatencyProfile {
    warnings = List.copyOf(warnings);
  }

  /// Warms up, then measures; the progress counts milliseconds.
  ///
  /// @param inputs of every call
  /// @throws dev.quench.run.BackendException if a call fails
  public static LatencyProfile measure(
      Session session, Map<String, Tensor> inputs, ProfileOptions options, Progress progress) {
    return new LatencyRun(session, inputs, options, progress).measure();
  }

  static LatencyProfile of(LatencyWorker all, double seconds, int streams) {
    LatencySummary latency = all.latency();
    Optional<StageSummary> stages = all.isStaged() ? Optional.of(all.stages()) : Optional.empty();
    List<String> warnings = new ArrayList<>();
    stages.ifPresent(summary -> warnings.addAll(summary.warnings()));
    if (latency.coefficientOfVariation() > UNSTABLE) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "latency varies by %.0f %% of its mean; measure longer, on an otherwise idle machine",
              100 * latency.coefficientOfVariation()));
    }
    return new LatencyProfile(
        latency, latency.calls() / seconds, streams, stages, warnings, all.distribution());
  }

  /// The figures as a page.
  ///
  /// @param model its name
  /// @param how where it ran and on what inputs, such as `onnxruntime with x [1, 3]`
  /// @param timeline of the layers of a run; may be empty
  /// @param timelineLead what the timeline shows, without a stop at its end
  public LatencyPage page(
      String model,
      String how,
      List<LayerSpan> timeline,
      String timelineLead,
      Environment environment) {
    Map<String, LatencySummary> figures = new LinkedHashMap<>();
    figures.put("whole call", latencyMillis);
    stages.ifPresent(summary -> {
      figures.put("host to device", summary.upload());
      figures.put("compute", summary.compute());
      figures.put("device to host", summary.download());
      figures.put("enqueue", summary.enqueue());
    });
    return new LatencyPage(
        "Latency of " + model,
        String.format(
            Locale.ROOT,
            "On %s: %.1f calls a second on %d stream%s.",
            how,
            callsPerSecond,
            streams,
            streams == 1 ? "" : "s"),
        figures,
        distribution,
        timeline,
        timelineLead,
        warnings,
        environment);
  }

  /// The figures as a JSON object: `latencyMillis`, `callsPerSecond`, `streams`, `warnings`, and
  /// where known `uploadMillis`, `computeMillis`, `downloadMillis` and `enqueueMillis`.
  public String toJson() {
    ObjectNode root = JSON.createObjectNode();
    put(root, "latencyMillis", latencyMillis);
    root.put("callsPerSecond", callsPerSecond);
    root.put("streams", streams);
    stages.ifPresent(summary -> {
      put(root, "uploadMillis", summary.upload());
      put(root, "computeMillis", summary.compute());
      put(root, "downloadMillis", summary.download());
      put(root, "enqueueMillis", summary.enqueue());
    });
    ArrayNode notes = root.putArray("warnings");
    warnings.forEach(notes::add);
    return root.toPrettyString() + "\n";
  }

  private static void put(ObjectNode root, String key, LatencySummary summary) {
    root.putObject(key)
        .put("p50", summary.p50())
        .put("p90", summary.p90())
        .put("p95", summary.p95())
        .put("p99", summary.p99())
        .put("mean", summary.mean())
        .put("min", summary.min())
        .put("max", summary.max())
        .put("coefficientOfVariation", summary.coefficientOfVariation())
        .put("calls", summary.calls());
  }
}
