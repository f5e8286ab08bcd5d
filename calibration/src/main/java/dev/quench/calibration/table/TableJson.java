// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.Printable;
import dev.quench.digest.Sha256;
import dev.quench.io.RegularFile;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.Sampling;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `calibration.json`: one header field per line, then one tensor per line, then the SHA-256 over
/// all other fields in compact form.
public final class TableJson {
  private static final int SCHEMA_VERSION = 2;
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_ENTRIES = 200_000;
  private static final int MAX_DEPTH = 4;

  private static final JsonMapper MAPPER = StrictJson.mapper(MAX_DEPTH);

  private TableJson() {}

  // ---- writing ----

  static String text(CalibrationTable table) {
    ObjectNode content = content(table);
    StringBuilder text = new StringBuilder("{\n");
    for (Map.Entry<String, JsonNode> field : content.properties()) {
      text.append("  \"").append(field.getKey()).append("\": ");
      if (field.getValue() instanceof ArrayNode array && !array.isEmpty()) {
        text.append("[\n");
        for (Iterator<JsonNode> elements = array.iterator(); elements.hasNext(); ) {
          text.append("    ").append(compact(elements.next()));
          text.append(elements.hasNext() ? ",\n" : "\n");
        }
        text.append("  ]");
      } else {
        text.append(compact(field.getValue()));
      }
      text.append(",\n");
    }
    return text.append("  \"checksum\": \"").append(checksum(content)).append("\"\n}\n").toString();
  }

  private static ObjectNode content(CalibrationTable table) {
    TableHeader header = table.header();
    ObjectNode root = MAPPER.createObjectNode();
    root.put("schemaVersion", SCHEMA_VERSION);
    root.put("tool", header.tool());
    root.put("modelDigest", header.modelDigest().orElse(null));
    root.put("method", header.method());
    root.put("uncalibrated", table.isUncalibrated());
    root.put("preprocessing", header.preprocessing());
    ArrayNode data = root.putArray("data");
    for (CalibrationData part : header.data()) {
      ObjectNode node = data.addObject();
      node.put("digest", part.digest());
      node.put("description", part.description());
      node.put("size", part.used().size());
      node.put("samples", part.used().toString());
      node.put("random", part.random());
      part.sampling()
          .ifPresent(sampling ->
              node.putObject("chosen").put("from", sampling.of()).put("seed", sampling.seed()));
    }
    ArrayNode inputs = root.putArray("inputs");
    header.inputs().forEach(inputs::add);
    root.put("cacheDigest", table.cacheDigest().orElse(null));
    ArrayNode tensors = root.putArray("tensors");
    for (TensorRange range : table.entries()) {
      ObjectNode node = tensors.addObject();
      node.put("name", range.name());
      node.put("tensor", range.tensorDigest().orElse(null));
      node.put("threshold", range.threshold());
      node.put("scale", range.scaleBits());
      node.put("low", range.asymmetric().low());
      node.put("high", range.asymmetric().high());
      node.put("method", range.method());
      node.put("amax", range.extremes().amax());
      node.put("min", range.extremes().min());
      node.put("max", range.extremes().max());
      node.put("values", range.counts().values());
      node.put("zeros", range.counts().zeros());
      node.put("nans", range.counts().nans());
      node.put("infinities", range.counts().infinities());
      node.put("histogram", range.histogramDigest().orElse(null));
    }
    return root;
  }

  private static String compact(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("text and numbers always serialize to JSON", e);
    }
  }

  private static String checksum(ObjectNode content) {
    return Sha256.hex(compact(content).getBytes(StandardCharsets.UTF_8));
  }

  // ---- reading ----

  static CalibrationTable read(Path file) throws IOException {
    String where = Printable.escape(file.toString());
    byte[] bytes = RegularFile.readAllBytes(file, MAX_BYTES);
    return parse(bytes, where);
  }

  public static CalibrationTable parse(byte[] bytes, String where) {
    try {
      JsonNode root = MAPPER.readTree(bytes);
      if (root instanceof ObjectNode object) {
        return table(object);
      }
      throw new IllegalArgumentException("expected a JSON object");
    } catch (JsonProcessingException e) {
      throw refused(where, "expected valid JSON: " + oneLine(e), e);
    } catch (IOException | IllegalArgumentException | ArithmeticException e) {
      throw refused(where, String.valueOf(e.getMessage()), e);
    }
  }

  private static String oneLine(JsonProcessingException e) {
    String place =
        e.getLocation() == null
            ? ""
            : " in line %d, column %d"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return e.getOriginalMessage().lines().findFirst().orElse("") + place;
  }

  private static CalibrationException refused(String where, String reason, Throwable cause) {
    return new CalibrationException(
        "%s: not a valid calibration table: %s; calibrate again, or use a table as Quench wrote it"
            .formatted(where, Printable.escape(reason)),
        cause);
  }

  private static CalibrationTable table(ObjectNode root) {
    Fields fields = new Fields(root, "the table");
    long version = fields.count("schemaVersion");
    if (version != SCHEMA_VERSION) {
      throw new IllegalArgumentException(
          "its schema version is %d, this program reads %d".formatted(version, SCHEMA_VERSION));
    }
    TableHeader header = header(fields);
    boolean uncalibrated = fields.flag("uncalibrated");
    Optional<String> cacheDigest = fields.digestOrNull("cacheDigest");
    List<TensorRange> ranges = new ArrayList<>();
    for (JsonNode element : fields.array("tensors", MAX_ENTRIES)) {
      ranges.add(range(new Fields(element, "tensor " + ranges.size())));
    }
    String checksum = fields.text("checksum");
    fields.requireNoOther();
    CalibrationTable table =
        new CalibrationTable(header, ranges, Map.of(), cacheDigest.orElse(null));
    if (table.isUncalibrated() != uncalibrated || !checksum(content(table)).equals(checksum)) {
      throw new IllegalArgumentException(
          "its checksum does not match its content, so it was edited or damaged");
    }
    return table;
  }

  private static TableHeader header(Fields fields) {
    List<CalibrationData> data = new ArrayList<>();
    for (JsonNode element : fields.array("data", MAX_ENTRIES)) {
      Fields part = new Fields(element, "data " + data.size());
      data.add(
          new CalibrationData(
              part.text("digest"),
              part.text("description"),
              SampleSpans.parse(part.text("samples"), part.count("size")),
              part.flag("random"),
              part.has("chosen") ? Optional.of(sampling(part)) : Optional.empty()));
      part.requireNoOther();
    }
    List<String> inputs = new ArrayList<>();
    for (JsonNode element : fields.array("inputs", MAX_ENTRIES)) {
      if (!element.isTextual()) {
        throw new IllegalArgumentException("expected text as the name of an input");
      }
      inputs.add(element.textValue());
    }
    return new TableHeader(
        fields.text("tool"),
        fields.digestOrNull("modelDigest"),
        fields.text("method"),
        fields.text("preprocessing"),
        data,
        inputs);
  }

  private static Sampling sampling(Fields part) {
    Fields chosen = new Fields(part.take("chosen"), "a choice of samples");
    Sampling sampling = new Sampling(chosen.whole("seed"), chosen.count("from"));
    chosen.requireNoOther();
    return sampling;
  }

  private static TensorRange range(Fields fields) {
    TensorRange range =
        new TensorRange(
            fields.text("name"),
            fields.digestOrNull("tensor"),
            fields.number("threshold"),
            new AsymmetricRange(fields.number("low"), fields.number("high")),
            fields.text("method"),
            new TensorRange.Extremes(fields.number("min"), fields.number("max")),
            new TensorRange.Counts(
                fields.count("values"),
                fields.count("zeros"),
                fields.count("nans"),
                fields.count("infinities")),
            fields.digestOrNull("histogram"));
    if (!fields.text("scale").equals(range.scaleBits())
        || fields.number("amax") != range.extremes().amax()) {
      throw new IllegalArgumentException(
          "tensor '%s': scale or amax contradicts threshold, min and max".formatted(range.name()));
    }
    fields.requireNoOther();
    return range;
  }

  /// Reads the fields of an object, checks their types, and detects unknown fields.
  private static final class Fields {
    private final ObjectNode node;
    private final String what;
    private int taken;

    Fields(JsonNode node, String what) {
      if (!(node instanceof ObjectNode object)) {
        throw new IllegalArgumentException(what + ": expected a JSON object");
      }
      this.node = object;
      this.what = what;
    }

    boolean has(String key) {
      return node.has(key);
    }

    private JsonNode take(String key) {
      JsonNode value = node.get(key);
      if (value == null) {
        throw new IllegalArgumentException("%s has no field '%s'".formatted(what, key));
      }
      taken++;
      return value;
    }

    private IllegalArgumentException wrong(String key, String expected) {
      return new IllegalArgumentException(
          "%s: field '%s' is not %s".formatted(what, key, expected));
    }

    String text(String key) {
      JsonNode value = take(key);
      if (!value.isTextual()) {
        throw wrong(key, "a text");
      }
      return value.textValue();
    }

    Optional<String> digestOrNull(String key) {
      JsonNode value = take(key);
      if (value.isNull()) {
        return Optional.empty();
      }
      if (!value.isTextual() || !Sha256.isHex(value.textValue())) {
        throw wrong(key, "a SHA-256 in hex");
      }
      return Optional.of(value.textValue());
    }

    boolean flag(String key) {
      JsonNode value = take(key);
      if (!value.isBoolean()) {
        throw wrong(key, "true or false");
      }
      return value.booleanValue();
    }

    long count(String key) {
      long value = whole(key);
      if (value < 0) {
        throw wrong(key, "a count");
      }
      return value;
    }

    long whole(String key) {
      JsonNode value = take(key);
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw wrong(key, "a count");
      }
      return value.longValue();
    }

    double number(String key) {
      JsonNode value = take(key);
      if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
        throw wrong(key, "a finite number");
      }
      return value.doubleValue();
    }

    Iterable<JsonNode> array(String key, int limit) {
      JsonNode value = take(key);
      if (!(value instanceof ArrayNode array)) {
        throw wrong(key, "an array");
      }
      if (array.size() > limit) {
        throw wrong(key, "an array of at most " + limit + " elements");
      }
      return array;
    }

    void requireNoOther() {
      if (node.size() != taken) {
        throw new IllegalArgumentException(
            "%s has %d fields, expected %d".formatted(what, node.size(), taken));
      }
    }
  }
}
