// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.Printable;
import dev.quench.digest.Sha256;
import dev.quench.io.RegularFile;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.CalibrationException;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Sampling;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `calibration.json`: one header field per line, then one tensor per line, then the SHA-256 over
/// all other fields in compact form.
public final class TableJson {
  static final int SCHEMA_VERSION = 2;
  private static final long MAX_BYTES = 64L << 20;
  private static final int MAX_ENTRIES = 200_000;
  private static final int MAX_DEPTH = 4;

  private static final String TENSORS = "tensors";

  private static final JsonMapper MAPPER = StrictJson.mapper(MAX_DEPTH);

  /// More follows behind an element of an array.
  private static final ObjectReader ELEMENT =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private TableJson() {}

  static void write(CalibrationTable table, OutputStream out) throws IOException {
    TableWriter.write(table, MAPPER, out);
  }

  static String text(CalibrationTable table) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      write(table, out);
    } catch (IOException e) {
      throw new IllegalStateException("writing into memory cannot fail", e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /// Keeps no more of the file in memory than one tensor's line.
  static CalibrationTable read(Path file) throws IOException {
    try (InputStream in = RegularFile.open(file)) {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new DataException(
            "%s: has %d bytes, more than the %d allowed".formatted(file, size, MAX_BYTES));
      }
      return parse(in, Printable.escape(file.toString()));
    }
  }

  public static CalibrationTable parse(byte[] bytes, String where) {
    try {
      return parse(new ByteArrayInputStream(bytes), where);
    } catch (IOException e) {
      throw refused(where, String.valueOf(e.getMessage()), e);
    }
  }

  private static CalibrationTable parse(InputStream in, String where) throws IOException {
    try (JsonParser parser = MAPPER.createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("expected a JSON object");
      }
      return table(parser);
    } catch (JsonProcessingException e) {
      throw refused(where, "expected valid JSON: " + oneLine(e), e);
    } catch (CharConversionException | IllegalArgumentException | ArithmeticException e) {
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

  private static CalibrationTable table(JsonParser parser) throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    List<TensorRange> ranges = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals(TENSORS) && value == JsonToken.START_ARRAY) {
        ranges = ranges(parser);
      } else {
        root.set(key, ELEMENT.readTree(parser));
      }
    }
    if (parser.nextToken() != null) {
      throw new IllegalArgumentException("expected valid JSON: something stands behind the object");
    }
    return table(new Fields(root, "the table"), ranges);
  }

  private static List<TensorRange> ranges(JsonParser parser) throws IOException {
    List<TensorRange> ranges = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (ranges.size() == MAX_ENTRIES) {
        throw new IllegalArgumentException(
            "the table: field '%s' is not an array of at most %d elements"
                .formatted(TENSORS, MAX_ENTRIES));
      }
      ranges.add(range(new Fields(ELEMENT.readTree(parser), "tensor " + ranges.size())));
    }
    return ranges;
  }

  private static CalibrationTable table(Fields fields, @Nullable List<TensorRange> ranges) {
    long version = fields.count("schemaVersion");
    if (version != SCHEMA_VERSION) {
      throw new IllegalArgumentException(
          "its schema version is %d, this program reads %d".formatted(version, SCHEMA_VERSION));
    }
    TableHeader header = header(fields);
    boolean uncalibrated = fields.flag("uncalibrated");
    Optional<String> cacheDigest = fields.digestOrNull("cacheDigest");
    if (ranges == null) {
      throw fields.has(TENSORS)
          ? fields.wrong(TENSORS, "an array")
          : new IllegalArgumentException("the table has no field '" + TENSORS + "'");
    }
    String checksum = fields.text("checksum");
    fields.requireNoOther();
    CalibrationTable table =
        new CalibrationTable(header, ranges, Map.of(), cacheDigest.orElse(null));
    if (table.isUncalibrated() != uncalibrated
        || !TableWriter.checksum(table, MAPPER).equals(checksum)) {
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
