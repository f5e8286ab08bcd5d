// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A finished run: one row of a table, one seed.
///
/// @param schemaVersion of the file
/// @param table name
/// @param row name
/// @param seed of initial weights, order, augmentation and validation samples
/// @param recipe how the network was made, in words; a run counts as done while its recipe and data
///   are unchanged
/// @param data word for the data
/// @param trainingDigest of the training samples
/// @param testDigest of the test samples
/// @param epochs of all training steps, in order
/// @param modelDigest SHA-256 of the exported file
/// @param checkpointDigest SHA-256 of the last checkpoint
/// @param samples of the test set
/// @param top1 percent of them that the exported model classifies correctly
/// @param correct which, as [CorrectBits#toBase64]
/// @param differences predictions that differ from those of the trainer's own evaluation, by
///   backend that ran the exported file
/// @param fileBytes size of the exported ONNX file
/// @param packedBytes size with binary and ternary weights packed; the same where there are none
/// @param publishedFormulaBytes size by [PublishedSize] at this width and input
/// @param parameters trained
/// @param macs multiply-accumulates of one inference
/// @param wallSeconds of training
/// @param processorSeconds of training, over all threads
/// @param threads of training
/// @param compute `fp32` or `bf16`
/// @param versions of the software and the machine
public record RunRecord(
    int schemaVersion,
    String table,
    String row,
    long seed,
    String recipe,
    String data,
    String trainingDigest,
    String testDigest,
    List<Epoch> epochs,
    String modelDigest,
    String checkpointDigest,
    int samples,
    double top1,
    String correct,
    Map<String, Integer> differences,
    long fileBytes,
    long packedBytes,
    long publishedFormulaBytes,
    long parameters,
    long macs,
    double wallSeconds,
    double processorSeconds,
    int threads,
    String compute,
    Map<String, String> versions) {
  /// Of the files that this version writes and reads.
  public static final int SCHEMA_VERSION = 1;

  /// One epoch of training.
  ///
  /// @param loss mean over its steps
  /// @param training percent of the augmented training samples classified correctly
  /// @param validation percent of the samples held back
  public record Epoch(double loss, double training, double validation, double seconds) {}

  public RunRecord {
    if (schemaVersion != SCHEMA_VERSION) {
      throw new IllegalArgumentException(
          "schemaVersion %d, expected %d".formatted(schemaVersion, SCHEMA_VERSION));
    }
    if (samples < 1) {
      throw new IllegalArgumentException("samples must be 1 or more, got " + samples);
    }
    epochs = List.copyOf(epochs);
    differences = Collections.unmodifiableMap(new LinkedHashMap<>(differences));
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
  }

  /// @throws dev.quench.pipeline.PipelineException if the stored text is damaged
  public CorrectBits correctBits() {
    return CorrectBits.fromBase64(correct, samples);
  }
}
