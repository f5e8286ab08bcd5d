// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.ProfileOptions;
import dev.quench.graph.Model;
import dev.quench.metric.CombinedMetric;
import dev.quench.metric.classification.TopK;
import dev.quench.metric.detection.DetectionAgreement;
import dev.quench.metric.fidelity.EmbeddingSimilarity;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.metric.text.CtcDecoder;
import dev.quench.metric.text.TextAccuracy;
import dev.quench.metric.text.TextBoxes;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// A trained network with text to calibrate and to judge it on.
///
/// @param recipe that keeps what the network is good for
/// @param metric against what the network gives in FP32, or against the truth
/// @param data by vocabulary and number of samples
record RealNetwork(
    String name,
    Model model,
    Int8Recipe recipe,
    Function<Reference, Metric> metric,
    BiFunction<Vocabulary, Long, GeneratedDataset> data) {
  /// Samples a call.
  static final int BATCH = 4;

  private static final String DICTIONARY = "/models/ppocr_keys_v1.txt";
  private static final String ENCODER = "/all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";
  private static final long CALIBRATION_SEED = 1;
  private static final long EVALUATION_SEED = 2;

  /// PP-OCR: finds lines of text on pages.
  static RealNetwork detector(String version, int side) throws IOException {
    Model model = read("/models/ch_PP-OCR" + version + "_det_infer.onnx");
    String input = input(model);
    return new RealNetwork(
        "PP-OCR " + version + " detection",
        model,
        Int8Recipe.keeping(0.995, 8),
        reference -> new DetectionAgreement(reference, new TextBoxes()),
        (words, size) -> RenderedText.pages(input, words, seed(words), size, side));
  }

  /// PP-OCR: reads a line.
  ///
  /// @param searched lines that what v4 reads is compared on with layers left float; v3 loses more,
  ///   and is held to its outputs instead, on 32 lines
  static RealNetwork recognizer(String version, long searched) throws IOException {
    Model model = read("/models/ch_PP-OCR" + version + "_rec_infer.onnx");
    String input = input(model);
    List<String> dictionary = dictionary();
    CtcDecoder decoder = CtcDecoder.ppOcr(dictionary, dictionary.size() + 2);
    return new RealNetwork(
        "PP-OCR " + version + " recognition",
        model,
        version.equals("v3") ? Int8Recipe.keeping(0.9995, 32) : Int8Recipe.losing(0.005, searched),
        _ -> new TextAccuracy(decoder),
        (words, size) -> RenderedText.lines(input, words, seed(words), size));
  }

  /// PP-OCR: tells whether a line is upside down.
  static RealNetwork directionClassifier() throws IOException {
    Model model = read("/models/ch_ppocr_mobile_v2.0_cls_infer.onnx");
    String input = input(model);
    return new RealNetwork(
        "PP-OCR v2 direction",
        model,
        Int8Recipe.keeping(0.999, 8),
        reference ->
            new CombinedMetric(List.of(new TopK(List.of(1)), new TensorFidelity(reference))),
        (words, size) -> RenderedText.turnedLines(input, words, seed(words), size));
  }

  /// all-MiniLM-L6-v2: makes embeddings of sentences; empty where its artifact is not on the class
  /// path.
  static Optional<RealNetwork> sentenceEncoder() throws IOException {
    if (RealNetwork.class.getResource(ENCODER) == null) {
      return Optional.empty();
    }
    WordPiece tokenizer = tokenizer().orElseThrow();
    Model model = read(ENCODER);
    return Optional.of(
        new RealNetwork(
            "all-MiniLM-L6-v2",
            model,
            Int8Recipe.losing(0.012, 16),
            EmbeddingSimilarity::new,
            (words, size) -> Sentences.tokenized(tokenizer, words, seed(words), size)));
  }

  /// That of all-MiniLM-L6-v2, likewise.
  static Optional<WordPiece> tokenizer() throws IOException {
    try (InputStream json = RealNetwork.class.getResourceAsStream(TOKENIZER)) {
      return json == null ? Optional.empty() : Optional.of(WordPiece.read(json));
    }
  }

  GeneratedDataset calibration(long size) {
    return data.apply(Vocabulary.CALIBRATION, size);
  }

  GeneratedDataset evaluation(long size) {
    return data.apply(Vocabulary.EVALUATION, size);
  }

  /// The network as it was trained, and in INT8, both in ONNX Runtime.
  EvaluationReport evaluate(Model quantized, Dataset evaluation) throws IOException {
    OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
    try (Session exact = backend.open(model, SessionOptions.DEFAULT)) {
      return Evaluation.on(evaluation)
          .metric(metric.apply(Reference.running(exact)))
          .batchSize(BATCH)
          .latency(new ProfileOptions(100, 300, 3))
          .add(candidate(backend, "FP32", model))
          .add(candidate(backend, "INT8", quantized))
          .run();
    }
  }

  private static Candidate candidate(OnnxRuntimeBackend backend, String name, Model model) {
    return new Candidate(name, model, backend, Precision.FP32, OnnxWriter.toBytes(model).length);
  }

  private static long seed(Vocabulary words) {
    return words == Vocabulary.CALIBRATION ? CALIBRATION_SEED : EVALUATION_SEED;
  }

  private static String input(Model model) {
    return model.graph().requiredInputs().getFirst().name();
  }

  private static List<String> dictionary() throws IOException {
    try (InputStream text = open(DICTIONARY)) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static Model read(String resource) throws IOException {
    try (InputStream bytes = open(resource)) {
      return OnnxReader.read(bytes.readAllBytes(), resource);
    }
  }

  private static InputStream open(String resource) {
    return Objects.requireNonNull(RealNetwork.class.getResourceAsStream(resource), resource);
  }
}
