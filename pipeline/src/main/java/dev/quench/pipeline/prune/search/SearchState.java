// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.table.StrictJson;
import dev.quench.compress.prune.PruningSpace;
import dev.quench.io.AtomicFile;
import dev.quench.io.RegularFile;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.trial.StoredNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a search has measured, latencies and losses by widths, in a JSON file that is replaced as
/// the search goes on, or in memory alone. For one thread, and one process at a time.
final class SearchState {
  private static final int SCHEMA_VERSION = 1;
  private static final int MAX_BYTES = 64 << 20;
  private static final int MAX_DEPTH = 8;
  private static final JsonMapper MAPPER = StrictJson.mapper(MAX_DEPTH);

  private final @Nullable Path file;
  private final SearchIdentity identity;
  private final LatencyTable latencies;
  private final List<PruningSpace.Group> groups;
  private final Map<List<Integer>, WidthLoss> losses = new LinkedHashMap<>();

  private SearchState(@Nullable Path file, SearchIdentity identity, PruningSpace space) {
    this.file = file;
    this.identity = identity;
    this.groups = space.groups();
    this.latencies = new LatencyTable(groups, space.parts());
  }

  /// Reads what a former run stored, if the file exists.
  ///
  /// @param file null to keep everything in memory
  /// @throws PipelineException if the file is damaged, or of another model, backend, input, choice
  ///   of widths or other data: names both
  /// @throws IOException if it cannot be read
  static SearchState open(@Nullable Path file, SearchIdentity identity, PruningSpace space)
      throws IOException {
    SearchState state = new SearchState(file, identity, space);
    if (file == null || !Files.exists(file)) {
      return state;
    }
    RegularFile.check(file);
    if (Files.size(file) > MAX_BYTES) {
      throw state.damaged(
          "has %,d bytes, at most %,d are read".formatted(Files.size(file), MAX_BYTES));
    }
    try {
      state.read(MAPPER.readTree(RegularFile.readText(file, MAX_BYTES)));
    } catch (JsonProcessingException e) {
      throw state.damaged("is not JSON: " + e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      throw state.damaged("has an entry that does not fit: " + e.getMessage());
    }
    return state;
  }

  LatencyTable latencies() {
    return latencies;
  }

  Optional<WidthLoss> loss(List<Integer> widths) {
    return Optional.ofNullable(losses.get(widths));
  }

  void putLoss(List<Integer> widths, WidthLoss loss) {
    losses.put(List.copyOf(widths), loss);
  }

  private PipelineException damaged(String problem) {
    return new PipelineException(
        "%s %s; name another state file, or delete this one to begin anew"
            .formatted(file, problem));
  }

  private void read(JsonNode root) {
    if (root.path("schemaVersion").asInt(-1) != SCHEMA_VERSION) {
      throw damaged("has no schemaVersion " + SCHEMA_VERSION);
    }
    identity
        .fields()
        .forEach((name, ours) -> {
          String theirs = root.path(name).asText("");
          if (!theirs.equals(ours)) {
            throw new PipelineException(
                "%s holds the measurements of other %s, %s; expected %s: name another state file, or delete this one to begin anew"
                    .formatted(file, name, theirs, ours));
          }
        });
    if (root.has("originalMillis")) {
      latencies.seen(StoredNumber.positive(root, "originalMillis"));
    }
    JsonNode parts = root.path("parts");
    if (parts.size() != latencies.parts().size()) {
      throw damaged(
          "has %d parts, the model has %d".formatted(parts.size(), latencies.parts().size()));
    }
    for (int part = 0; part < parts.size(); part++) {
      List<Integer> tied = latencies.parts().get(part).groups();
      for (JsonNode each : parts.get(part).path("times")) {
        latencies.putPart(part, widths(each, tied), StoredNumber.positive(each, "ratio"));
      }
    }
    List<Integer> all = new ArrayList<>();
    for (int group = 0; group < groups.size(); group++) {
      all.add(group);
    }
    for (JsonNode each : root.path("models")) {
      latencies.putModel(widths(each, all), StoredNumber.positive(each, "ratio"));
    }
    for (JsonNode each : root.path("losses")) {
      losses.put(
          widths(each, all),
          new WidthLoss(
              StoredNumber.finite(each, "drop"), StoredNumber.finite(each, "outputError")));
    }
  }

  private List<Integer> widths(JsonNode node, List<Integer> tied) {
    JsonNode list = node.path("widths");
    List<Integer> widths = new ArrayList<>();
    for (JsonNode each : list) {
      widths.add(each.asInt());
    }
    boolean fits = widths.size() == tied.size();
    for (int i = 0; fits && i < widths.size(); i++) {
      fits = groups.get(tied.get(i)).widths().contains(widths.get(i));
    }
    if (!fits) {
      throw new IllegalArgumentException("widths " + list);
    }
    return widths;
  }

  /// Replaces the file.
  void save() throws IOException {
    if (file == null) {
      return;
    }
    ObjectNode root = MAPPER.createObjectNode().put("schemaVersion", SCHEMA_VERSION);
    identity.fields().forEach(root::put);
    if (latencies.originalMillis() > 0) {
      root.put("originalMillis", latencies.originalMillis());
    }
    ArrayNode parts = root.putArray("parts");
    for (int i = 0; i < latencies.parts().size(); i++) {
      PruningSpace.Part part = latencies.parts().get(i);
      ObjectNode node = parts.addObject().put("name", part.name());
      ArrayNode tied = node.putArray("groups");
      part.groups().forEach(group -> tied.add(groups.get(group).name()));
      ArrayNode times = node.putArray("times");
      latencies.ofPart(i).forEach((widths, ratio) -> entry(times, widths).put("ratio", ratio));
    }
    ArrayNode models = root.putArray("models");
    latencies.models().forEach((widths, ratio) -> entry(models, widths).put("ratio", ratio));
    ArrayNode judged = root.putArray("losses");
    losses.forEach((widths, loss) ->
        entry(judged, widths).put("drop", loss.drop()).put("outputError", loss.outputError()));
    AtomicFile.writeString(file, root.toPrettyString() + "\n");
  }

  private static ObjectNode entry(ArrayNode list, List<Integer> widths) {
    ObjectNode node = list.addObject();
    ArrayNode kept = node.putArray("widths");
    widths.forEach(kept::add);
    return node;
  }
}
