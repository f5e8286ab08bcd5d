// SPDX-License-Identifier: Apache-2.0
package dev.quench.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.OpsetImports;
import dev.quench.graph.ValueType;
import dev.quench.metric.classification.TopK;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.report.ChangedSamples;
import dev.quench.report.EvaluationReport;
import dev.quench.report.EvaluationResult;
import dev.quench.report.GateVerdict;
import dev.quench.report.Notice;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Choice;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final ProfileOptions QUICK = new ProfileOptions(0, 5, 3);

  @Test
  void scoresEveryCandidateOnTheSameData() throws IOException {
    EvaluationReport report =
        Evaluation.on(new OneHot(10))
            .metric(new TopK(List.of(1)))
            .batchSize(4)
            .latency(QUICK)
            .add(candidate("right", 1))
            .add(candidate("negated", -1))
            .run();

    assertThat(report.results()).extracting(EvaluationResult::samples).containsExactly(10L, 10L);
    assertThat(report.results().get(0).scores()).containsEntry("top1", 1.0);
    assertThat(report.results().get(1).scores()).containsEntry("top1", 0.0);
    assertThat(report.results())
        .allSatisfy(result -> {
          assertThat(result.latencyMillis().orElseThrow().calls()).isGreaterThanOrEqualTo(3);
          assertThat(result.latencyMillis().orElseThrow().p99())
              .isGreaterThanOrEqualTo(result.latencyMillis().orElseThrow().p50());
          assertThat(result.throughputPerSecond().orElseThrow()).isPositive();
        });
  }

  @Test
  void judgesFidelityWithoutGraphOptimizationAndTellsWhatTheOptimizedSessionDoes()
      throws IOException {
    List<Boolean> optimized = new ArrayList<>();
    Backend recording =
        new Backend() {
          private final OnnxRuntimeBackend runs = new OnnxRuntimeBackend();

          @Override
          public String name() {
            return runs.name();
          }

          @Override
          public Availability availability() {
            return runs.availability();
          }

          @Override
          public Session open(Model model, SessionOptions options) {
            optimized.add(options.optimize());
            return runs.open(model, options);
          }
        };
    EvaluationReport report =
        Evaluation.on(new OneHot(6))
            .metric(new TopK(List.of(1)))
            .fidelity(true)
            .latency(QUICK)
            .add(new Candidate("net", scaling(1), recording, Precision.FP32, 10))
            .run();

    assertThat(optimized).containsExactly(false, true);
    assertThat(report.results().getFirst().scores()).containsEntry("top1", 1.0);
    assertThat(report.results().getFirst().optimizedScores()).containsEntry("top1", 1.0);
    assertThat(new ObjectMapper().readTree(report.toJson()).at("/results/0/optimizedScores/top1"))
        .isNotNull();
  }

  @Test
  void listsWhatCannotRunHereInsteadOfSwitching() throws IOException {
    EvaluationReport report =
        Evaluation.on(new OneHot(2))
            .latency(QUICK)
            .add(new Candidate("net", scaling(1), new Missing(), Precision.FP16, 10))
            .run();
    assertThat(report.results()).isEmpty();
    assertThat(report.skipped())
        .containsExactly(new Notice("net on missing (FP16)", "no device", "plug one in"));
  }

  @Test
  void refusesAnEmptyDataSet() {
    Evaluation evaluation = Evaluation.on(new OneHot(0)).latency(QUICK).add(candidate("net", 1));
    assertThatIllegalArgumentException()
        .isThrownBy(evaluation::run)
        .withMessageContaining("is empty");
  }

  @Test
  void writesTheJsonSchema() throws IOException {
    EvaluationReport report =
        Evaluation.on(new OneHot(3))
            .metric(new TopK(List.of(1)))
            .latency(QUICK)
            .add(candidate("net", 1))
            .run();
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    JsonNode result = json.at("/results/0");
    assertThat(result.at("/model").asText()).isEqualTo("net");
    assertThat(result.at("/backend").asText()).isEqualTo("onnxruntime");
    assertThat(result.at("/precision").asText()).isEqualTo("FP32");
    assertThat(result.at("/samples").asInt()).isEqualTo(3);
    assertThat(result.at("/top1").asDouble()).isEqualTo(1.0);
    assertThat(result.at("/sizeBytes").asLong()).isEqualTo(400);
    assertThat(result.at("/latencyMillis/p50").asDouble()).isPositive();
    assertThat(result.at("/latencyMillis/p90").asDouble()).isPositive();
    assertThat(result.at("/latencyMillis/p99").asDouble()).isPositive();
    assertThat(result.at("/throughputPerSecond").asDouble()).isPositive();
    assertThat(json.at("/environment/cores").asText()).isNotEmpty();
    JsonSchema schema =
        JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(EvaluationReport.class.getResourceAsStream("evaluation-report.schema.json"));
    assertThat(schema.validate(json)).isEmpty();
    ((ObjectNode) result).put("latencyMillis", "fast");
    assertThat(schema.validate(json)).isNotEmpty();
  }

  @Test
  void escapesNamesInTheHtmlReport() throws IOException {
    String hostile = "<script>alert(1)</script>\u001b[31m";
    EvaluationReport report =
        Evaluation.on(new OneHot(1)).latency(QUICK).add(candidate(hostile, 1)).run();
    String html = report.toHtml("a & b");
    assertThat(html)
        .contains("<title>a &#38; b</title>", "&#60;script&#62;alert(1)&#60;/script&#62;")
        .doesNotContain("<script", "\u001b")
        .contains("<svg", "Content-Security-Policy");
    assertThat(report.toTable()).doesNotContain("\u001b");
  }

  @Test
  void alignsTheTable() throws IOException {
    EvaluationReport report =
        Evaluation.on(new OneHot(4))
            .metric(new TopK(List.of(1)))
            .latency(QUICK)
            .add(candidate("a", 1))
            .add(candidate("much longer", -1))
            .run();
    List<String> lines = report.toTable().lines().toList();
    assertThat(lines).hasSize(7).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    assertThat(lines.get(0)).startsWith("variant      backend      precision");
    assertThat(lines.get(1)).contains("100.00 %", "+0.00 pt");
    assertThat(lines.get(2)).contains("0.00 %", "-100.00 pt");
    assertThat(lines.subList(0, 3)).extracting(String::length).containsOnly(lines.get(0).length());
    assertThat(lines.get(4)).startsWith("variant").endsWith("samples/s");
    assertThat(lines.subList(4, 7)).extracting(String::length).containsOnly(lines.get(4).length());
  }

  @Test
  void tellsHowSureAnAccuracyAndAChangeAre() throws IOException {
    EvaluationReport report =
        Evaluation.on(new OneHot(12))
            .metric(new TopK(List.of(1)))
            .latency(QUICK)
            .add(candidate("right", 1))
            .add(candidate("negated", -1))
            .run();
    JsonNode second = new ObjectMapper().readTree(report.toJson()).at("/results/1");
    assertThat(second.at("/pairedTest/lost").asInt()).isEqualTo(12);
    assertThat(second.at("/pairedTest/gained").asInt()).isZero();
    // Twelve coins on one side: 2 / 2^12.
    assertThat(second.at("/pairedTest/probability").asDouble()).isCloseTo(2 / 4096.0, within(1e-9));
    // Wilson's upper end for 0 of 12: z² / (12 + z²).
    assertThat(second.at("/intervals/top1/1").asDouble()).isCloseTo(0.24249, within(1e-4));
    assertThat(report.toHtml("t", GateVerdict.NONE, List.of("a", "b", "c")))
        .contains("p &#60; 0.001", "Confusions of negated", "<td>c <small>4</small></td>");
  }

  @Test
  void showsTheSamplesThatChangedAndTheVerdict() throws IOException {
    Dataset data = new OneHot(5);
    EvaluationReport report =
        Evaluation.on(data)
            .metric(new TopK(List.of(1)))
            .latency(QUICK)
            .add(candidate("right", 1))
            .add(candidate("negated", -1))
            .run();
    GateVerdict verdict = new GateVerdict(List.of("--max-drop 1.0"), List.of("negated <loses>"));
    assertThat(report.toHtml("t", verdict, List.of(), ChangedSamples.of(report, data)))
        .contains("5 answers differ from those of right; 5 right ones were lost")
        .contains("(McNemar p = 0.063)")
        .contains("The bounds do not hold", "--max-drop 1.0", "negated &#60;loses&#62;");
  }

  @Test
  void namesTheBackendsThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backends.named("tpu"))
        .withMessage("unknown backend 'tpu'; expected tensorrt, xnor, onnxruntime");
    Choice choice = Backends.auto(scaling(1));
    assertThat(choice.reason()).contains(choice.backend().name());
    assertThat(choice.backend().name()).isNotEqualTo("xnor");
  }

  private static Candidate candidate(String name, float factor) {
    return new Candidate(name, scaling(factor), new OnnxRuntimeBackend(), Precision.FP32, 400);
  }

  /// `logits = factor · x` over `[N, 3]`.
  private static Model scaling(float factor) {
    Graph graph = new Graph("scaling", OpsetImports.onnx(13));
    var type = ValueType.tensor(DataType.FLOAT, Shape.of(Dim.of("N"), Dim.of(3)));
    var x = graph.addInput("x", type);
    var scale = graph.addInitializer("scale", Tensor.ofFloats(Shape.of(1), factor));
    var node = graph.append(NodeBuilder.of("Mul").inputs(x, scale).output("logits", type));
    graph.addOutput(node.output(0));
    return new Model(graph, 8);
  }

  /// Sample `i` is the unit vector of class `i mod 3`.
  private record OneHot(long size) implements Dataset {
    @Override
    public String description() {
      return "one-hot vectors";
    }

    @Override
    public String digest() {
      return "one-hot-" + size;
    }

    @Override
    public boolean isRandom() {
      return false;
    }

    @Override
    public Stream<Batch> batches(int batchSize) {
      List<Batch> batches = new ArrayList<>();
      for (int start = 0; start < size; start += batchSize) {
        int count = (int) Math.min(batchSize, size - start);
        float[] values = new float[count * 3];
        int first = start;
        for (int i = 0; i < count; i++) {
          values[i * 3 + (first + i) % 3] = 1;
        }
        batches.add(
            new Batch(
                Map.of("x", Tensor.ofFloats(Shape.of(count, 3), values)),
                new Labels.Classes(
                    IntStream.range(first, first + count).mapToObj(i -> i % 3).toList()),
                count));
      }
      return batches.stream();
    }

    @Override
    public Dataset limit(long limit) {
      return new OneHot(Math.min(limit, size));
    }
  }

  private static final class Missing implements Backend {
    @Override
    public String name() {
      return "missing";
    }

    @Override
    public Availability availability() {
      return new Availability.Unavailable("no device", "plug one in");
    }

    @Override
    public Session open(Model model, SessionOptions options) {
      throw new AssertionError("an unavailable backend must not be opened");
    }
  }
}
