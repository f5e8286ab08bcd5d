// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.StrictJson;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.trial.OutputLoss;
import dev.quench.pipeline.trial.PairedLatency;
import dev.quench.pipeline.trial.StoredNumber;
import dev.quench.pipeline.tune.plan.Plan;
import dev.quench.pipeline.tune.plan.Scheme;
import dev.quench.pipeline.tune.plan.TuningSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// The measured plans of one tuning in a JSON file, which is replaced after each measurement. For
/// one thread, and one process at a time.
final class TuningState {
  private static final int SCHEMA_VERSION = 1;
  private static final int MAX_BYTES = 64 << 20;
  private static final int MAX_DEPTH = 6;

  private static final JsonMapper MAPPER = StrictJson.mapper(MAX_DEPTH);

  private final Path file;
  private final TuningIdentity identity;
  private final Map<String, TuningPoint> points = new LinkedHashMap<>();
  private final Map<String, TuningPoint> confirmations = new LinkedHashMap<>();

  private TuningState(Path file, TuningIdentity identity) {
    this.file = file;
    this.identity = identity;
  }

  /// Reads what a former run stored, if the file exists.
  ///
  /// @throws PipelineException if the file is damaged, or of another model, table, target, backend
  ///   or other data: names both
  /// @throws IOException if it cannot be read
  static TuningState open(Path file, TuningIdentity identity, TuningSpace space)
      throws IOException {
    TuningState state = new TuningState(file, identity);
    if (!Files.exists(file)) {
      return state;
    }
    RegularFile.check(file);
    if (Files.size(file) > MAX_BYTES) {
      throw state.damaged(
          "has %,d bytes, at most %,d are read".formatted(Files.size(file), MAX_BYTES));
    }
    try {
      state.read(MAPPER.readTree(RegularFile.readText(file, MAX_BYTES)), space);
    } catch (JsonProcessingException e) {
      throw state.damaged("is not JSON: " + e.getOriginalMessage());
    }
    return state;
  }

  private void read(JsonNode root, TuningSpace space) {
    if (root.path("schemaVersion").asInt(-1) != SCHEMA_VERSION) {
      throw damaged("has no schemaVersion " + SCHEMA_VERSION);
    }
    identity
        .fields()
        .forEach((name, ours) -> {
          String theirs = root.path(name).asText("");
          if (!theirs.equals(ours)) {
            throw new PipelineException(
                "%s holds the tuning of another %s, %s; expected %s: name another state file, or delete this one to begin anew"
                    .formatted(file, name, theirs, ours));
          }
        });
    JsonNode list = root.path("points");
    if (!list.isArray()) {
      throw damaged("has no array of points");
    }
    for (JsonNode each : list) {
      TuningPoint point = point(each, space);
      (each.path("confirms").asBoolean() ? confirmations : points).put(point.plan().code(), point);
    }
  }

  private TuningPoint point(JsonNode node, TuningSpace space) {
    try {
      Plan plan = plan(node.path("plan").asText(""));
      if (!space.contains(plan)) {
        throw new IllegalArgumentException(
            space.target().name() + " cannot take the plan " + plan.code());
      }
      if (node.has("refused")) {
        return new TuningPoint.Refused(plan, node.path("refused").asText());
      }
      return new TuningPoint.Measured(
          plan,
          new PairedLatency(
              StoredNumber.positive(node, "floatMillis"),
              StoredNumber.positive(node, "millis"),
              StoredNumber.positive(node, "ratio")),
          new OutputLoss(
              StoredNumber.finite(node, "worstCosine"),
              node.hasNonNull("drop")
                  ? OptionalDouble.of(StoredNumber.finite(node, "drop"))
                  : OptionalDouble.empty()),
          Math.toIntExact((long) StoredNumber.finite(node, "layers")),
          node.path("form").asText(""));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw damaged("has a point that does not fit: " + e.getMessage());
    }
  }

  private static Plan plan(String code) {
    return new Plan(Arrays.stream(code.split(",", -1)).map(Scheme::parse).toList());
  }

  private PipelineException damaged(String problem) {
    return new PipelineException(
        "%s %s; name another state file, or delete this one to begin anew"
            .formatted(file, problem));
  }

  /// What is known of a plan.
  Optional<TuningPoint> point(Plan plan, boolean confirming) {
    return Optional.ofNullable((confirming ? confirmations : points).get(plan.code()));
  }

  /// The points that ran, confirmations left out.
  Iterable<TuningPoint> points() {
    return points.values();
  }

  /// Keeps a point, in the file too.
  void add(TuningPoint point, boolean confirming) throws IOException {
    (confirming ? confirmations : points).put(point.plan().code(), point);
    AtomicFile.writeString(file, toJson());
  }

  private String toJson() {
    ObjectNode root = MAPPER.createObjectNode().put("schemaVersion", SCHEMA_VERSION);
    identity.fields().forEach(root::put);
    ArrayNode list = root.putArray("points");
    points.values().forEach(point -> TuningJson.fill(list.addObject(), point));
    confirmations
        .values()
        .forEach(point -> TuningJson.fill(list.addObject().put("confirms", true), point));
    return root.toPrettyString() + "\n";
  }
}
