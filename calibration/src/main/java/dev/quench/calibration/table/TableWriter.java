// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.digest.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;

/// Writes `calibration.json` one tensor at a time, so that memory does not grow with their number.
/// The checksum is that of the same content in compact form, without line breaks.
final class TableWriter {
  private final CalibrationTable table;
  private final JsonMapper mapper;
  private final OutputStream out;
  private final MessageDigest digest = Sha256.digest();

  private TableWriter(CalibrationTable table, JsonMapper mapper, OutputStream out) {
    this.table = table;
    this.mapper = mapper;
    this.out = out;
  }

  static void write(CalibrationTable table, JsonMapper mapper, OutputStream out)
      throws IOException {
    TableWriter writer = new TableWriter(table, mapper, out);
    writer.content();
    writer.line(",\n  \"checksum\": \"" + writer.checksum() + "\"\n}\n");
  }

  static String checksum(CalibrationTable table, JsonMapper mapper) {
    TableWriter writer = new TableWriter(table, mapper, OutputStream.nullOutputStream());
    try {
      writer.content();
    } catch (IOException e) {
      throw new IllegalStateException("nothing is written, so nothing can fail", e);
    }
    return writer.checksum();
  }

  private String checksum() {
    return HexFormat.of().formatHex(digest.digest());
  }

  private void content() throws IOException {
    line("{\n");
    hashed("{");
    for (Map.Entry<String, JsonNode> field : header().properties()) {
      key(field.getKey());
      if (field.getValue() instanceof ArrayNode array) {
        array(array.iterator());
      } else {
        both(compact(field.getValue()));
      }
      line(",\n");
      hashed(",");
    }
    key("tensors");
    array(table.entries().stream().map(this::tensor).iterator());
    hashed("}");
  }

  private void key(String name) throws IOException {
    line("  \"" + name + "\": ");
    hashed("\"" + name + "\":");
  }

  private void array(Iterator<? extends JsonNode> elements) throws IOException {
    both("[");
    line(elements.hasNext() ? "\n" : "");
    boolean any = elements.hasNext();
    while (elements.hasNext()) {
      line("    ");
      both(compact(elements.next()));
      hashed(elements.hasNext() ? "," : "");
      line(elements.hasNext() ? ",\n" : "\n");
    }
    line(any ? "  " : "");
    both("]");
  }

  private void both(String text) throws IOException {
    line(text);
    hashed(text);
  }

  private void line(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private void hashed(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private String compact(JsonNode node) {
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("text and numbers always serialize to JSON", e);
    }
  }

  private ObjectNode header() {
    TableHeader header = table.header();
    ObjectNode root = mapper.createObjectNode();
    root.put("schemaVersion", TableJson.SCHEMA_VERSION);
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
    return root;
  }

  private ObjectNode tensor(TensorRange range) {
    ObjectNode node = mapper.createObjectNode();
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
    return node;
  }
}
