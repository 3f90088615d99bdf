using System.CommandLine;

namespace ClusterGd.Cli;

/// <summary><c>clustergd completion</c>: a script that lets a shell complete verbs and options.</summary>
internal static class CompletionCommand
{
    // The [suggest:position] directive takes the line without the program's own name.
    private const string Bash = """
        _clustergd() {
            local line="${COMP_LINE#* }" skip found
            skip=$(( ${#COMP_LINE} - ${#line} ))
            found="$(clustergd "[suggest:$(( COMP_POINT - skip ))]" "$line" 2>/dev/null)"
            local IFS=$'\n'
            COMPREPLY=( $(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -o bashdefault -F _clustergd clustergd
        """;

    private const string Zsh = """
        #compdef clustergd
        _clustergd() {
            local line="${BUFFER#* }"
            local skip=$(( ${#BUFFER} - ${#line} ))
            local -a found
            found=( ${(f)"$(clustergd "[suggest:$(( CURSOR - skip ))]" "$line" 2>/dev/null)"} )
            compadd -a found
            _files
        }
        compdef _clustergd clustergd
        """;

    private const string Pwsh = """
        Register-ArgumentCompleter -Native -CommandName clustergd -ScriptBlock {
            param($word, $ast, $position)
            $text = $ast.ToString()
            $line = $text -replace '^\S+\s*', ''
            $at = $position - $ast.Extent.StartOffset - ($text.Length - $line.Length)
            clustergd "[suggest:$at]" "$line" | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new VerbCommand("completion", "Prints a script that completes verbs and options in a shell.",
            ("source <(clustergd completion bash)", "in this bash; put the line into ~/.bashrc to keep it"),
            ("clustergd completion zsh > ~/.zfunc/_clustergd", "for zsh, with ~/.zfunc in fpath"),
            ("clustergd completion pwsh | Out-String | Invoke-Expression", "for PowerShell"))
        {
            shell,
        };
        command.SetAction(parse => Console.WriteLine(parse.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Pwsh,
        }));
        return command;
    }
}
