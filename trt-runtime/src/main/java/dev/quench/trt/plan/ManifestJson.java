// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.run.Precision;
import dev.quench.trt.HardwareCompatibility;
import dev.quench.trt.TensorRtException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The JSON form of an [EngineManifest]. Input is untrusted: size, depth and lengths are limited.
final class ManifestJson {
  private static final String FORMAT = "quench-engine";
  private static final int FORMAT_VERSION = 2;
  private static final int MAX_TEXT = 64 * 1024;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(4)
                          .maxDocumentLength(EngineManifest.MAX_BYTES)
                          .maxStringLength(MAX_TEXT)
                          .maxNameLength(1024)
                          .maxNumberLength(20)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(SerializationFeature.INDENT_OUTPUT);

  private ManifestJson() {}

  static String text(EngineManifest manifest) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("format", FORMAT);
    json.put("formatVersion", FORMAT_VERSION);
    json.put("tensorRtVersion", manifest.tensorRtVersion());
    json.put("gpuName", manifest.gpuName());
    json.put("computeCapability", manifest.computeCapability());
    json.put("modelDigest", manifest.modelDigest());
    json.put("precision", spelling(manifest.precision()));
    json.put("hardware", spelling(manifest.hardware()));
    json.put("versionCompatible", manifest.versionCompatible());
    put(json.putObject("plugins"), manifest.plugins());
    put(json.putObject("request"), manifest.key().request());
    put(json.putObject("machine"), manifest.key().machine());
    json.put("planSha256", manifest.planSha256());
    return json.toPrettyString() + "\n";
  }

  static EngineManifest parse(byte[] bytes, String where) {
    JsonNode json = read(bytes, where);
    if (!FORMAT.equals(json.path("format").asText())) {
      throw new TensorRtException(
          where + " is not an engine manifest; \"format\" is not " + FORMAT);
    }
    JsonNode version = json.path("formatVersion");
    if (!version.isInt() || version.intValue() != FORMAT_VERSION) {
      throw new TensorRtException(
          "%s: manifest version %s, expected %d; build the engine again"
              .formatted(where, version.isMissingNode() ? "none" : version, FORMAT_VERSION));
    }
    try {
      return new EngineManifest(
          text(json, "tensorRtVersion"),
          text(json, "gpuName"),
          text(json, "computeCapability"),
          text(json, "modelDigest"),
          constant(Precision.values(), json, "precision"),
          constant(HardwareCompatibility.values(), json, "hardware"),
          flag(json, "versionCompatible"),
          texts(json, "plugins"),
          new EngineKey(texts(json, "request"), texts(json, "machine")),
          text(json, "planSha256"));
    } catch (IllegalArgumentException e) {
      throw new TensorRtException(where + ": " + e.getMessage() + "; build the engine again", e);
    }
  }

  private static JsonNode read(byte[] bytes, String where) {
    if (bytes.length > EngineManifest.MAX_BYTES) {
      throw new TensorRtException(
          "%s has more than %d bytes, too large for an engine manifest"
              .formatted(where, EngineManifest.MAX_BYTES));
    }
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      JsonNode json = MAPPER.readTree(parser);
      if (json == null || !json.isObject() || parser.nextToken() != null) {
        throw new TensorRtException(where + " is not an engine manifest: expected one JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new TensorRtException(
          "%s: expected valid JSON: %s".formatted(where, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new TensorRtException(where + " is not readable: " + e.getMessage(), e);
    }
  }

  private static void put(ObjectNode json, Map<String, String> texts) {
    texts.forEach(json::put);
  }

  private static Map<String, String> texts(JsonNode json, String key) {
    JsonNode object = json.path(key);
    if (!object.isObject()) {
      throw new IllegalArgumentException("\"" + key + "\" is missing or not an object");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    object.properties().forEach(entry -> texts.put(entry.getKey(), text(object, entry.getKey())));
    return texts;
  }

  private static String text(JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("\"" + key + "\" is missing or not a text");
    }
    return value.textValue();
  }

  private static boolean flag(JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isBoolean()) {
      throw new IllegalArgumentException("\"" + key + "\" is missing or not true or false");
    }
    return value.booleanValue();
  }

  private static <E extends Enum<E>> E constant(E[] values, JsonNode json, String key) {
    String text = text(json, key);
    for (E value : values) {
      if (spelling(value).equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("unknown \"" + key + "\" '" + text + "'");
  }

  private static String spelling(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
