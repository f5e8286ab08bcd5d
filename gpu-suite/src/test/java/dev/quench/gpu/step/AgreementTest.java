// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quench.data.array.NpyFile;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Machine;
import dev.quench.gpu.report.StepReport;
import dev.quench.run.Session;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What compares engines with references, with ONNX Runtime in the place of an engine.
class AgreementTest {
  private static final Path DEMO = Path.of("../cli/src/main/resources/dev/quench/cli/demo");
  private static final int IMAGES = 100;

  @TempDir Path folder;
  private PreparedFolder prepared;

  @BeforeEach
  void prepare() throws IOException {
    System.setProperty("quench.suite", folder.toString());
    prepared = PreparedFolder.current();
    for (String name : new String[] {"models", "data", "references"}) {
      Files.createDirectory(folder.resolve(name));
    }
    for (String part : new String[] {"train", "t10k"}) {
      copy(part + "-images-idx3-ubyte.gz", "data");
      copy(part + "-labels-idx1-ubyte.gz", "data");
    }
    copy("nin-fashion-mnist.onnx", "models");
    try (Session session = session();
        Stream<Batch> batches = prepared.fashion(false).batches(IMAGES)) {
      Tensor logits = Agreement.only(session.run(batches.findFirst().orElseThrow().inputs()));
      NpyFile.write(prepared.outputsFile(Network.NIN, Variant.FLOAT, "test"), logits);
      float[] turned = logits.toFloats();
      for (int i = 0; i < turned.length; i++) {
        turned[i] = -turned[i];
      }
      NpyFile.write(
          prepared.outputsFile(Network.NIN, Variant.INT8, "test"),
          Tensor.ofFloats(logits.shape(), turned));
    }
  }

  @AfterEach
  void forget() {
    System.clearProperty("quench.suite");
  }

  @Test
  void holdsItsBarsAgainstItself() throws IOException {
    JsonNode part = compare(Variant.FLOAT);
    assertThat(part.at("/figures/samples").asInt()).isEqualTo(IMAGES);
    assertThat(part.at("/figures/top1").asDouble()).isGreaterThan(0.85);
    assertThat(part.at("/figures/cosine").asDouble()).isGreaterThan(0.999999);
    assertThat(part.at("/bars")).allMatch(bar -> bar.path("holds").asBoolean());
  }

  @Test
  void missesItsBarsAgainstTheOpposite() throws IOException {
    JsonNode part = compare(Variant.INT8);
    assertThat(part.at("/figures/cosine").asDouble()).isLessThan(-0.99);
    assertThat(part.at("/bars")).hasSize(2).noneMatch(bar -> bar.path("holds").asBoolean());
  }

  private JsonNode compare(Variant reference) throws IOException {
    StepReport report = StepReport.open(folder, "agreement", new Machine(Map.of()), false);
    report.part(
        "part",
        part -> {
          try (Session session = session()) {
            Agreement.ofClassifier(part, session, reference, Agreement.FP16_COSINE);
          }
        });
    return new ObjectMapper()
        .readTree(folder.resolve("gpu-agreement.json").toFile())
        .at("/result/parts/part");
  }

  private Session session() throws IOException {
    return StandInSession.of(prepared.model(Network.NIN, Variant.FLOAT));
  }

  private void copy(String name, String into) throws IOException {
    Files.copy(DEMO.resolve(name), folder.resolve(into).resolve(name));
  }
}
