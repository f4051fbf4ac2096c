import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sends messages as an interface engine does, and prints what it understood of each answer:
 * structure, MSA-1, MSA-2, and where and what ERR says. Usage: Client HOST PORT FILE...
 */
public class Client {
    public static void main(String[] args) throws Exception {
        // What is sent is wrong on purpose; what is answered must pass HAPI's own rules.
        try (HapiContext context = new DefaultHapiContext(ValidationContextFactory.noValidation());
                HapiContext strict = new DefaultHapiContext()) {
            Connection connection = context.newClient(args[0], Integer.parseInt(args[1]), false);
            for (int i = 2; i < args.length; i++) {
                String text = Files.readString(Path.of(args[i]), StandardCharsets.UTF_8);
                Message sent = context.getPipeParser().parse(text);
                Message answer = connection.getInitiator().sendAndReceive(sent);
                System.out.println(understood(strict.getPipeParser().parse(answer.encode())));
            }
            connection.close();
        }
    }

    private static String understood(Message answer) throws Exception {
        Terser terser = new Terser(answer);
        StringBuilder line = new StringBuilder(answer.getClass().getName().replace("ca.uhn.hl7v2.model.", ""));
        line.append(' ').append(terser.get("/MSA-1")).append(' ').append(terser.get("/MSA-2"));
        if (!"AA".equals(terser.get("/MSA-1"))) {
            boolean old = "2.3.1".equals(answer.getVersion());
            // ERR-1 in 2.3.1: segment, which, field, condition. ERR-2 and ERR-3 in 2.5.1.
            String[] places = old
                ? new String[] {"/ERR-1-1", "/ERR-1-2", "/ERR-1-3", "/ERR-1-4"}
                : new String[] {"/ERR-2-1", "/ERR-2-2", "/ERR-2-3", "/ERR-3-1"};
            for (String place : places) {
                line.append(' ').append(terser.get(place));
            }
        }
        return line.toString();
    }
}
