// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt;

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
import dev.quench.trt.internal.Environment;
import java.io.IOException;
import java.util.Locale;
import java.util.regex.Pattern;

/// What an engine was built from and for; kept as a small JSON file beside the plan.
///
/// It guards against mistakes (an engine of another GPU, another TensorRT, a plan that was cut
/// short), not against malice: whoever can write the plan can write the manifest.
///
/// @param tensorRtVersion for example `10.15.1.29`
/// @param gpuName as the driver names it
/// @param computeCapability for example `8.9`
/// @param modelDigest canonical digest of the model, 64 hexadecimal digits
/// @param precision that was asked for
/// @param planSha256 of the plan's bytes, 64 hexadecimal digits
public record EngineManifest(
    String tensorRtVersion,
    String gpuName,
    String computeCapability,
    String modelDigest,
    Precision precision,
    String planSha256) {
  private static final String FORMAT = "quench-engine";
  private static final int FORMAT_VERSION = 1;

  /// More than any manifest needs.
  static final int MAX_BYTES = 64 * 1024;

  private static final int MAX_TEXT = 1024;
  private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,5}(\\.[0-9]{1,9}){1,3}");

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(4)
                          .maxDocumentLength(MAX_BYTES)
                          .maxStringLength(MAX_TEXT)
                          .maxNameLength(MAX_TEXT)
                          .maxNumberLength(20)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(SerializationFeature.INDENT_OUTPUT);

  /// @throws IllegalArgumentException if a version or digest is malformed
  public EngineManifest {
    require(VERSION.matcher(tensorRtVersion).matches(), "tensorRtVersion", tensorRtVersion);
    require(VERSION.matcher(computeCapability).matches(), "computeCapability", computeCapability);
    require(DIGEST.matcher(modelDigest).matches(), "modelDigest", modelDigest);
    require(DIGEST.matcher(planSha256).matches(), "planSha256", planSha256);
  }

  EngineManifest withPlan(String sha256) {
    return new EngineManifest(
        tensorRtVersion, gpuName, computeCapability, modelDigest, precision, sha256);
  }

  /// @param where the plan's file, for messages
  /// @throws TensorRtException if the engine was built for another TensorRT or GPU, with both
  void requireMachine(String where, Environment here) {
    requireEqual(where, "TensorRT", tensorRtVersion, here.tensorRtVersion());
    requireEqual(where, "compute capability", computeCapability, here.device().computeCapability());
    requireEqual(where, "GPU", gpuName, here.device().name());
  }

  /// @param where the plan's file, for messages
  /// @throws TensorRtException if the plan is not the one that the manifest was written for
  void requirePlan(String where, String sha256) {
    requireEqual(where, "SHA-256", planSha256, sha256);
  }

  private static void requireEqual(String where, String what, String recorded, String actual) {
    if (!recorded.equals(actual)) {
      throw new TensorRtException(
          "%s does not fit: its manifest says %s %s, here is %s; build the engine again"
              .formatted(where, what, recorded, actual));
    }
  }

  String toJson() {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("format", FORMAT);
    json.put("formatVersion", FORMAT_VERSION);
    json.put("tensorRtVersion", tensorRtVersion);
    json.put("gpuName", gpuName);
    json.put("computeCapability", computeCapability);
    json.put("modelDigest", modelDigest);
    json.put("precision", precision.name().toLowerCase(Locale.ROOT));
    json.put("planSha256", planSha256);
    return json.toPrettyString() + "\n";
  }

  /// @param where the file, for messages
  /// @throws TensorRtException if the bytes are no manifest of this version
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
          precision(text(json, "precision")),
          text(json, "planSha256"));
    } catch (IllegalArgumentException e) {
      throw new TensorRtException(where + ": " + e.getMessage() + "; build the engine again", e);
    }
  }

  private static JsonNode read(byte[] bytes, String where) {
    if (bytes.length > MAX_BYTES) {
      throw new TensorRtException(
          "%s has more than %d bytes and is no engine manifest".formatted(where, MAX_BYTES));
    }
    try (JsonParser parser = MAPPER.createParser(bytes)) {
      JsonNode json = MAPPER.readTree(parser);
      if (json == null || !json.isObject() || parser.nextToken() != null) {
        throw new TensorRtException(where + " is not an engine manifest: expected one JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new TensorRtException(
          "%s is not readable JSON: %s".formatted(where, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new TensorRtException(where + " is not readable: " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("\"" + key + "\" is missing or not a text");
    }
    return value.textValue();
  }

  private static Precision precision(String text) {
    for (Precision precision : Precision.values()) {
      if (precision.name().toLowerCase(Locale.ROOT).equals(text)) {
        return precision;
      }
    }
    throw new IllegalArgumentException("unknown \"precision\" '" + text + "'");
  }

  private static void require(boolean holds, String key, String value) {
    if (!holds) {
      throw new IllegalArgumentException("\"" + key + "\" is malformed: '" + value + "'");
    }
  }
}
